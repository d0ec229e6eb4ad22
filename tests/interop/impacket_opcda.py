#!/usr/bin/python3
"""impacket as the OPC DA client: activation, AddGroup, AddItems and Read against probe-server.

Nobody of this project wrote impacket, so what it can activate and read is no agreement among ourselves.
usage: impacket_opcda.py HOST USER PASSWORD_VARIABLE LEVEL ROAD    (LEVEL none, connect, packet-integrity or packet-privacy;
       ROAD create-instance or class-object for IRemoteSCMActivator, activation or activation-class-object for
       IActivation; a class object makes the server by IClassFactory, as .NET and PowerShell do)
Prints one JSON object with what it read; ends with 1 and the reason when a step fails.
"""
import json
import os
import sys

from impacket.dcerpc.v5 import dcomrt, rpcrt
from impacket.dcerpc.v5.dcom.oaut import VARIANT
from impacket.dcerpc.v5.dcomrt import DCOMANSWER, DCOMCALL, INTERFACE, PMInterfacePointer
from impacket.dcerpc.v5.dtypes import DWORD, GUID, LPWSTR, NULL, ULONG, USHORT, WSTR
from impacket.dcerpc.v5.ndr import NDRPOINTER, NDRSTRUCT, NDRUniConformantArray
from impacket.uuid import string_to_bin, uuidtup_to_bin

CLSID = string_to_bin("6F0B7E4C-2D0F-4C5B-9C2B-0A6C1E5D7A10")
IID_IOPCServer = uuidtup_to_bin(("39C13A4D-011E-11D0-9675-0020AFD8ADB3", "0.0"))
IID_IClassFactory = uuidtup_to_bin(("00000001-0000-0000-C000-000000000046", "0.0"))
IID_IOPCItemMgt = uuidtup_to_bin(("39C13A54-011E-11D0-9675-0020AFD8ADB3", "0.0"))
IID_IOPCSyncIO = uuidtup_to_bin(("39C13A52-011E-11D0-9675-0020AFD8ADB3", "0.0"))
LEVELS = {"none": 1, "connect": 2, "call": 3, "packet": 4, "packet-integrity": 5, "packet-privacy": 6}


class FILETIME(NDRSTRUCT):
    structure = (("low", DWORD), ("high", DWORD))


class PLONG(NDRPOINTER):
    referent = (("Data", DWORD),)


class BLOB(NDRUniConformantArray):
    item = "c"


class PBLOB(NDRPOINTER):
    referent = (("Data", BLOB),)


class ERRORS(NDRUniConformantArray):
    item = "<L"


class PERRORS(NDRPOINTER):
    referent = (("Data", ERRORS),)


class HANDLES(NDRUniConformantArray):
    item = "<L"


class OPCITEMDEF(NDRSTRUCT):
    structure = (("szAccessPath", LPWSTR), ("szItemID", LPWSTR), ("bActive", DWORD), ("hClient", DWORD),
                 ("dwBlobSize", DWORD), ("pBlob", PBLOB), ("vtRequestedDataType", USHORT), ("wReserved", USHORT))


class OPCITEMDEFS(NDRUniConformantArray):
    item = OPCITEMDEF


class OPCITEMRESULT(NDRSTRUCT):
    structure = (("hServer", DWORD), ("vtCanonicalDataType", USHORT), ("wReserved", USHORT), ("dwAccessRights", DWORD),
                 ("dwBlobSize", DWORD), ("pBlob", PBLOB))


class OPCITEMRESULTS(NDRUniConformantArray):
    item = OPCITEMRESULT


class POPCITEMRESULTS(NDRPOINTER):
    referent = (("Data", OPCITEMRESULTS),)


class OPCITEMSTATE(NDRSTRUCT):
    structure = (("hClient", DWORD), ("ftTimeStamp", FILETIME), ("wQuality", USHORT), ("wReserved", USHORT),
                 ("vDataValue", VARIANT))


class OPCITEMSTATES(NDRUniConformantArray):
    item = OPCITEMSTATE


class POPCITEMSTATES(NDRPOINTER):
    referent = (("Data", OPCITEMSTATES),)


# IOPCServer::AddGroup
class AddGroup(DCOMCALL):
    opnum = 3
    structure = (("szName", WSTR), ("bActive", DWORD), ("dwRequestedUpdateRate", DWORD), ("hClientGroup", DWORD),
                 ("pTimeBias", PLONG), ("pPercentDeadband", PLONG), ("dwLCID", DWORD), ("riid", GUID))


class AddGroupResponse(DCOMANSWER):
    structure = (("phServerGroup", DWORD), ("pRevisedUpdateRate", DWORD), ("ppUnk", PMInterfacePointer), ("ErrorCode", ULONG))


# IOPCItemMgt::AddItems
class AddItems(DCOMCALL):
    opnum = 3
    structure = (("dwCount", DWORD), ("pItemArray", OPCITEMDEFS))


class AddItemsResponse(DCOMANSWER):
    structure = (("ppAddResults", POPCITEMRESULTS), ("ppErrors", PERRORS), ("ErrorCode", ULONG))


# IOPCSyncIO::Read
class Read(DCOMCALL):
    opnum = 3
    structure = (("dwSource", USHORT), ("dwCount", DWORD), ("phServer", HANDLES))


class ReadResponse(DCOMANSWER):
    structure = (("ppItemValues", POPCITEMSTATES), ("ppErrors", PERRORS), ("ErrorCode", ULONG))


# IClassFactory as it travels
class RemoteCreateInstance(DCOMCALL):
    opnum = 3
    structure = (("riid", GUID),)


class RemoteCreateInstanceResponse(DCOMANSWER):
    structure = (("ppvObject", PMInterfacePointer), ("ErrorCode", ULONG))


class RemoteLockServer(DCOMCALL):
    opnum = 4
    structure = (("fLock", DWORD),)


class RemoteLockServerResponse(DCOMANSWER):
    structure = (("ErrorCode", ULONG),)


class ClassObjectActivation(dcomrt.RemoteActivation):
    """RemoteActivation that asks for the class object; impacket finds the answer's form by name and module."""

    def __setitem__(self, key, value):
        super().__setitem__(key, 0xFFFFFFFF if key == "Mode" else value)


ClassObjectActivation.__name__ = "RemoteActivation"
ClassObjectActivation.__module__ = dcomrt.__name__


def interface_of(parent, reply):
    objref = b"".join(reply["abData"])
    return INTERFACE(parent.get_cinstance(), objref, parent.get_ipidRemUnknown(), target=parent.get_target())


def create_from(factory):
    """Locks the server, makes an object, and unlocks it again: all three calls go over the wire."""
    for lock in (1, 0):
        call = RemoteLockServer()
        call["fLock"] = lock
        factory.request(call, IID_IClassFactory, uuid=factory.get_iPid())
        if lock:
            call = RemoteCreateInstance()
            call["riid"] = IID_IOPCServer[:16]
            server = interface_of(factory, factory.request(call, IID_IClassFactory, uuid=factory.get_iPid())["ppvObject"])
    return server


def activate(connection, road):
    """Every road gives the object as an INTERFACE of impacket's."""
    dce = connection.get_dce_rpc()
    if road == "create-instance":
        return dcomrt.IRemoteSCMActivator(dce).RemoteCreateInstance(CLSID, IID_IOPCServer)
    if road == "class-object":
        return create_from(dcomrt.IRemoteSCMActivator(dce).RemoteGetClassObject(CLSID, IID_IClassFactory))
    if road == "activation":
        return dcomrt.IActivation(dce).RemoteActivation(CLSID, IID_IOPCServer)
    dcomrt.RemoteActivation = ClassObjectActivation
    return create_from(dcomrt.IActivation(dce).RemoteActivation(CLSID, IID_IClassFactory))


def count_references(server):
    """One more reference and one less; the object must still be there for the calls that follow."""
    unknown = dcomrt.IRemUnknown2(server)
    added, released = unknown.RemAddRef(), unknown.RemRelease()
    if [result["Data"] for result in added["pResults"]] != [0] or added["ErrorCode"] or released["ErrorCode"]:
        raise RuntimeError("RemAddRef or RemRelease failed")


def add_group(server):
    call = AddGroup()
    call["szName"] = "impacket\0"
    call["bActive"] = 1
    call["dwRequestedUpdateRate"] = 1000
    call["hClientGroup"] = 7
    call["pTimeBias"] = NULL
    call["pPercentDeadband"] = NULL
    call["dwLCID"] = 0x409
    call["riid"] = IID_IOPCItemMgt[:16]
    reply = server.request(call, IID_IOPCServer, uuid=server.get_iPid())
    return interface_of(server, reply["ppUnk"])


def add_items(group, names):
    call = AddItems()
    call["dwCount"] = len(names)
    for number, name in enumerate(names):
        item = OPCITEMDEF()
        item["szAccessPath"] = "\0"
        item["szItemID"] = name + "\0"
        item["bActive"] = 1
        item["hClient"] = 100 + number
        item["dwBlobSize"] = 0
        item["pBlob"] = NULL
        item["vtRequestedDataType"] = 0
        item["wReserved"] = 0
        call["pItemArray"].append(item)
    reply = group.request(call, IID_IOPCItemMgt, uuid=group.get_iPid())
    errors = list(reply["ppErrors"])
    if any(errors):
        raise RuntimeError("AddItems: per-item errors %s" % ", ".join("0x%08X" % e for e in errors))
    return [result["hServer"] for result in reply["ppAddResults"]]


def read(group, handles):
    sync_io = dcomrt.IRemUnknown2(group).RemQueryInterface(1, (IID_IOPCSyncIO[:16],))
    call = Read()
    call["dwSource"] = 1
    call["dwCount"] = len(handles)
    for handle in handles:
        call["phServer"].append(handle)
    reply = sync_io.request(call, IID_IOPCSyncIO, uuid=sync_io.get_iPid())
    return [(state["hClient"], state["wQuality"], state["vDataValue"]["vt"]) for state in reply["ppItemValues"]]


def main():
    host, user, variable, level, road = sys.argv[1:6]
    level = LEVELS[level]
    # impacket would raise every level below packet-integrity on the object's port; the point here is each level itself.
    dcomrt.CLASS_INSTANCE.get_auth_level = lambda self: level
    if level == 1:
        rpcrt.DCERPC_v5.set_credentials = lambda self, *_, **__: None
    connection = dcomrt.DCOMConnection(host, user, os.environ[variable], "", authLevel=level, oxidResolver=False)
    try:
        server = activate(connection, road)
        count_references(server)
        group = add_group(server)
        handles = add_items(group, ["Random.Int4", "Random.Real8", "Random.String"])
        values = read(group, handles)
    finally:
        connection.disconnect()
    if [client for client, _, _ in values] != [100, 101, 102] or [vt for _, _, vt in values] != [3, 5, 8]:
        raise RuntimeError("Read brought %r" % (values,))
    print(json.dumps({"level": sys.argv[4], "road": road, "values": values}))


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        print("impacket_opcda: %s" % error, file=sys.stderr)
        sys.exit(1)
