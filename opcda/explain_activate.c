/* The class cannot be found or its process cannot be started. None of these is an access denial. */
#include "opcda/explain_tables.h"

#define IDENTITY_TAB DCOMCNFG_APP " > Identity"

static const struct explanation entries[] = {
    {
        .code = 0x8000401A,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The server process could not be started under the identity that is configured for it.",
        .look_at = "the server: System log, source DistributedCOM, event 10004 (got error ... and was unable to "
                   "logon); " IDENTITY_TAB "; for a service its Log On account instead",
        .causes = { "the identity's password is wrong, expired, or was changed elsewhere",
                    "the identity's account does not exist",
                    "the identity is The interactive user, and nobody is logged on at the console",
                    "the account lacks the right Log on as a batch job" },
        .change = IDENTITY_TAB " > This user: enter the account and its password again",
        .undo = IDENTITY_TAB ": choose what was chosen before.",
        .note = "The interactive user is discouraged: the server then runs as whoever is at the console, or not at "
                "all. RunAs is not used for a server that is installed as a service.",
    },
    {
        .code = 0x80040111,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The server's program runs, but its class factory does not serve this class or not this kind of "
                   "connection.",
        .look_at = "the server's registration, and whether host name was left out or given as localhost: then the "
                   "connection is local",
        .causes = { "the server is not registered correctly",
                    "the server accepts only remote connections and was asked locally (or the reverse)" },
        .change = "Name the server's host explicitly in the client, instead of leaving it out or writing localhost.",
        .undo = "Leave the host name out again.",
    },
    {
        .code = 0x80040112,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The OPC server refuses because it has no valid licence. This is not a DCOM security problem.",
        .look_at = "the server: the product's licence tool and its own log",
        .causes = { "no licence, or an expired one", "the licence is bound to another machine or account" },
    },
    {
        .code = 0x80040154,
        .stages = STAGES_ALL & ~STAGE_BIT(STAGE_LOOKUP),
        .machine = MACHINE_SERVER,
        .meaning = "The server machine has no such class in its registry.",
        .look_at = "the server: HKEY_CLASSES_ROOT\\CLSID\\{class}, in the 64-bit and in the 32-bit view (WOW6432Node, "
                   "mmc /32 comexp.msc)",
        .causes = { "the CLSID is mistyped or belongs to another version",
                    "the server is not installed, or installed on another machine",
                    "the server is 32-bit only and a 64-bit one was asked for",
                    "the client looked on its own machine because no host was given" },
        .change =
            "On the server, as administrator: run the OPC server's own registration (usually server.exe /RegServer)",
        .undo = "server.exe /UnregServer",
    },
    {
        .code = 0x80040154,
        .stages = STAGE_BIT(STAGE_LOOKUP),
        .machine = MACHINE_SERVER,
        .meaning = "The ProgID could not be looked up: OpcEnum, which would do it, is not registered on the server.",
        .look_at = "the server: is OpcEnum (OPC core components) installed",
        .causes = { "the OPC core components are not installed, or OpcEnum was disabled deliberately",
                    "the ProgID is mistyped" },
        .change = "Give the CLSID instead of the ProgID: the connection needs no OpcEnum.",
        .undo = "Give the ProgID again.",
    },
    {
        .code = 0x800401F3,
        .stages = STAGES_ALL,
        .machine = MACHINE_BOTH,
        .meaning = "The name is neither a CLSID nor a ProgID that could be found.",
        .look_at = "spelling and version suffix of the ProgID; whether the server answered through OpcEnum or only the "
                   "client's own registry was asked",
        .causes = { "the ProgID is mistyped, or the version suffix (.1) is missing or another one",
                    "it is registered only on the server, and the server's OpcEnum was not reachable" },
        .change = "Give the CLSID instead of the ProgID.",
        .undo = "Give the ProgID again.",
    },
    {
        .code = 126,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The OPC server's program, or a DLL that it needs, cannot be loaded: its installation is damaged.",
        .look_at = "the server: the path in HKEY_CLASSES_ROOT\\CLSID\\{class}\\LocalServer32 (or InprocServer32), and "
                   "the DLLs of the proxies",
        .causes = { "the file was removed or moved", "a DLL that it needs is missing (runtime library)",
                    "the identity has no right to read it" },
        .change = "Repair the OPC server's installation.",
        .undo = "None is needed.",
    },
    {
        .code = 2,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The class is registered with a program file that does not exist.",
        .look_at = "the server: the path in HKEY_CLASSES_ROOT\\CLSID\\{class}\\LocalServer32; quotes around a path "
                   "with spaces",
        .causes = { "the program was removed or moved", "the path has spaces and no quotes" },
        .change = "On the server, as administrator: run the OPC server's own registration from its present folder "
                  "(usually server.exe /RegServer)",
        .undo = "server.exe /UnregServer",
    },
    {
        .code = 193,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The registered file is no program for this Windows, or of the wrong bitness.",
        .look_at = "the server: the file in LocalServer32 or InprocServer32, and its bitness",
        .causes = { "a 64-bit file on 32-bit Windows", "a damaged file" },
    },
    {
        .code = 740,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The server's program demands to be started as administrator, and activation cannot do that.",
        .look_at =
            "the server: the program's manifest and its compatibility settings (Run this program as an administrator)",
        .causes = { "the compatibility setting Run this program as an administrator is set",
                    "the program's manifest requires it" },
        .change = "File properties > Compatibility: clear Run this program as an administrator",
        .undo = "Set that box again.",
    },
    {
        .code = 1058,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The OPC server is installed as a service, and that service is disabled.",
        .look_at = "the server: services.msc, startup type; System log, event 10005",
        .causes = { "somebody or a hardening script disabled the service" },
        .change = "services.msc > (the service) > Properties > Startup type: Manual",
        .undo = "services.msc > (the service) > Properties > Startup type: Disabled",
    },
    {
        .code = 0x80080005,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The server's program was started, but did not register its class in time (120 s on Windows).",
        .look_at = "the server: System log, source DistributedCOM, event 10010 (did not register with DCOM within the "
                   "required timeout); Application log for a crash; rights of the identity on the program's folder",
        .causes = { "the account of the identity may not read and execute the program's folder",
                    "the program waits for something at its start (a dialog, a device, a licence server)",
                    "the program crashed at its start", "the program runs already under another identity" },
        .change = "Give the account of the identity Read & Execute, List Folder Contents and Read on the folder of the "
                  "program: icacls \"FOLDER\" /grant ACCOUNT:(OI)(CI)RX",
        .undo = "icacls \"FOLDER\" /remove:g ACCOUNT",
    },
    {
        .code = 0x80080008,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The server's process was just ending when the activation reached it.",
        .look_at = "the server: the process's start and end times; then repeat",
        .causes = { "it ends when its last client leaves", "it is being restarted" },
    },
    {
        .code = 0x80004015,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The process that registered the class does not run under the identity that is configured for it.",
        .look_at = "the server: who started the process (Task Manager, column User name) against " IDENTITY_TAB,
        .causes = { "the OPC server was started by hand by the logged-on user, while another identity is configured",
                    "the service's Log On account is not the configured identity" },
        .change = "End the process that was started by hand, and let the next activation start it.",
        .undo = "Start it by hand again.",
    },
    {
        .code = 0x80040150,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The registration of the class could not be read.",
        .look_at = "the server: permissions of HKEY_CLASSES_ROOT\\CLSID\\{class} and of its AppID",
        .causes = { "permissions of the key were changed" },
    },
    {
        .code = 0x80080017,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "The class may not be activated with elevated rights.",
        .look_at = "the server: the class's Elevation key",
        .causes = { "the client asked for an elevated activation" },
    },
    {
        .code = 0x800401F9,
        .stages = STAGES_ALL,
        .machine = MACHINE_SERVER,
        .meaning = "A DLL of the class failed while it was loaded.",
        .look_at = "the server: the DLL's own dependencies and the Application log",
        .causes = { "a library that it needs is missing or of another version" },
    },
};

const struct explanation_table explain_activate = EXPLANATION_TABLE(entries);
