#include "dcom/ndr/call.h"

#define NO_FORMAT 0xFFFF

bool method_find(const struct ndr_interface *type, unsigned number, struct method *out)
{
    if (number < 3 || number >= type->method_count)
        return false;
    const MIDL_SERVER_INFO *info = type->stub->header.pServerInfo;
    unsigned offset = info->FmtStringOffset[number];
    if (offset == NO_FORMAT)
        return false;
    out->tables = info->pStubDesc;
    out->procedure = format_procedure(info->ProcString + offset);
    out->thunk = info->ThunkTable ? info->ThunkTable[number] : NULL;
    return out->procedure.slots <= CALL_SLOTS_MAXIMUM;
}

uint8_t *parameter_value(const struct stub *s, const struct parameter *p)
{
    uint8_t *value = s->slots + p->offset;
    if (p->by_reference)
        memcpy(&value, s->slots + p->offset, sizeof value);
    return value;
}

void put_parameters(struct stub *s, const struct method *m, unsigned direction)
{
    for (unsigned i = 0; i < m->procedure.count && SUCCEEDED(s->m.hr); i++) {
        struct parameter p = format_parameter(&m->procedure, i, m->tables->pFormatTypes);
        uint8_t *value = parameter_value(s, &p);
        if (!value)
            stub_fail(s, HR_NULL_REF_POINTER);
        else if (p.flags & direction)
            put_value(s, p.type, value, NULL);
    }
}
