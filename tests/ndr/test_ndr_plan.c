/* Wire plans, and that the C structures have the layout the tables were made for. */
#include <dcom.h>
#include <local.h>
#include <opcda.h>
#include <stddef.h>

#include "dcom/ndr/arena.h"
#include "dcom/ndr/call.h"
#include "tests/ndr/fixture.h"

/* ---- layout: sizes and offsets as widl --win64 wrote them into the tables ------------------------- */
#define SIZE(type, size)         _Static_assert(sizeof(type) == (size), #type)
#define AT(type, member, offset) _Static_assert(offsetof(type, member) == (offset), #type "." #member)

SIZE(void *, 8);
SIZE(LONG, 4);
SIZE(DWORD, 4);
SIZE(HRESULT, 4);
SIZE(BOOL, 4);
SIZE(WCHAR, 2);
SIZE(VARIANT_BOOL, 2);
SIZE(OPCSERVERSTATE, 4);
SIZE(GUID, 16);
SIZE(FILETIME, 8);
SIZE(DECIMAL, 16);
SIZE(CY, 8);
SIZE(SAFEARRAY, 32);
SIZE(VARIANT, 24);
AT(VARIANT, llVal, 8);
AT(VARIANT, decVal, 0);
_Static_assert(_Alignof(VARIANT) == 8, "VARIANT alignment");
SIZE(OPCITEMSTATE, 40);
AT(OPCITEMSTATE, wQuality, 12);
AT(OPCITEMSTATE, vDataValue, 16);
SIZE(OPCSERVERSTATUS, 56);
AT(OPCSERVERSTATUS, dwServerState, 24);
AT(OPCSERVERSTATUS, wMajorVersion, 36);
AT(OPCSERVERSTATUS, szVendorInfo, 48);
SIZE(OPCITEMDEF, 48);
AT(OPCITEMDEF, dwBlobSize, 24);
AT(OPCITEMDEF, pBlob, 32);
AT(OPCITEMDEF, vtRequestedDataType, 40);
SIZE(OPCITEMATTRIBUTES, 80);
AT(OPCITEMATTRIBUTES, dwBlobSize, 32);
AT(OPCITEMATTRIBUTES, pBlob, 40);
AT(OPCITEMATTRIBUTES, dwEUType, 52);
AT(OPCITEMATTRIBUTES, vEUInfo, 56);
SIZE(OPCITEMRESULT, 24);
AT(OPCITEMRESULT, dwBlobSize, 12);
AT(OPCITEMRESULT, pBlob, 16);
SIZE(OPCITEMPROPERTY, 56);
AT(OPCITEMPROPERTY, szItemID, 8);
AT(OPCITEMPROPERTY, vValue, 24);
AT(OPCITEMPROPERTY, hrErrorID, 48);
SIZE(OPCITEMPROPERTIES, 24);
AT(OPCITEMPROPERTIES, pItemProperties, 8);
SIZE(OPCBROWSEELEMENT, 48);
AT(OPCBROWSEELEMENT, ItemProperties, 24);
SIZE(OPCITEMVQT, 48);
AT(OPCITEMVQT, bQualitySpecified, 24);
AT(OPCITEMVQT, wQuality, 28);
AT(OPCITEMVQT, bTimeStampSpecified, 32);
AT(OPCITEMVQT, ftTimeStamp, 40);
SIZE(CONNECTDATA, 16);
SIZE(STDOBJREF, 40);
SIZE(REMQIRESULT, 48);
AT(REMQIRESULT, std, 8);
SIZE(REMINTERFACEREF, 24);
SIZE(ORPCTHIS, 40);
AT(ORPCTHIS, cid, 12);
AT(ORPCTHIS, extensions, 32);
SIZE(ORPCTHAT, 16);
AT(ORPC_EXTENT, data, 20);
AT(DUALSTRINGARRAY, aStringArray, 4);
AT(MInterfacePointer, abData, 4);
SIZE(CustomHeader, 64);
SIZE(InstantiationInfoData, 56);
SIZE(LocationInfoData, 24);
SIZE(ActivationContextInfoData, 32);
SIZE(PropsOutInfo, 32);
SIZE(SecurityInfoData, 24);
SIZE(ScmRequestInfoData, 16);
SIZE(ScmReplyInfoData, 16);
SIZE(InstanceInfoData, 32);
SIZE(SpecialPropertiesData, 88);
AT(SpecialPropertiesData, Reserved2, 56);
SIZE(customREMOTE_REPLY_SCM_INFO, 40);
SIZE(customREMOTE_REQUEST_SCM_INFO, 16);
SIZE(LOCAL_TOKEN, 48);
AT(LOCAL_TOKEN, user, 16);
AT(LOCAL_TOKEN, sids, 40);

/* ---- plans ------------------------------------------------------------------------------------- */
static unsigned types_seen;

static void walk(format type, unsigned depth);

static const struct plan *planned(format type)
{
    HRESULT hr = S_OK;
    const struct plan *p = plan_of(type, &hr);
    ck_assert_msg(p != NULL, "a type with code 0x%02x has no plan: %08x", *type, (unsigned)hr);
    types_seen++;
    ck_assert_uint_gt(p->wire_size, 0);
    ck_assert_uint_eq(p->stride % p->alignment, 0);
    /* Steps follow each other on the wire and stay inside the type, on both sides. */
    size_t end = 0;
    for (unsigned i = 0; i < p->count; i++) {
        const struct plan_step *s = &p->steps[i];
        ck_assert_uint_ge(s->wire, end);
        ck_assert_uint_le(s->memory + s->held, p->memory_size);
        end = s->wire + s->size;
    }
    ck_assert_uint_eq(end, p->wire_size);
    return p;
}

static void walk_steps(const struct plan *p, unsigned depth)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->steps[i].kind == PLAN_POINTER)
            walk(format_target(p->steps[i].type), depth + 1);
}

static void walk(format type, unsigned depth)
{
    ck_assert_uint_lt(depth, STUB_DEPTH_MAXIMUM);
    if (*type == FC_RANGE) {
        ck_assert_uint_gt(format_scalar(type[1]).wire, 0);
    } else if (format_is_array(type)) {
        struct array a = format_array(type);
        walk_steps(planned(a.element), depth);
    } else {
        walk_steps(planned(type), depth);
        if (*type == FC_CSTRUCT)
            planned(format_array(format_struct_array(type)).element);
    }
}

START_TEST(each_type_of_each_method_has_a_plan)
{
    const struct ndr_interface *type;
    struct method m;
    for (unsigned i = 0; (type = ndr_interface_at(i)); i++) {
        for (unsigned number = 3; number < type->method_count; number++) {
            if (!method_find(type, number, &m))
                continue;
            ck_assert_uint_eq(m.procedure.method, number);
            for (unsigned k = 0; k < m.procedure.count; k++)
                walk(format_parameter(&m.procedure, k, m.tables->pFormatTypes).type, 0);
        }
    }
    ck_assert_uint_gt(types_seen, 300);
}
END_TEST

/* The plan of the first [in] parameter's target of a method, as an array element or structure. */
static const struct plan *plan_of_parameter(const IID *iid, unsigned number, unsigned index)
{
    struct method m;
    ck_assert(method_find(ndr_find_interface(iid), number, &m));
    format type = format_parameter(&m.procedure, index, m.tables->pFormatTypes).type;
    if (*type == FC_UP || *type == FC_OP)
        type = format_target(type);
    return planned(format_is_array(type) ? format_array(type).element : type);
}

START_TEST(plain_elements_are_copied_as_they_lie)
{
    const struct plan *handles = plan_of_parameter(&IID_IOPCItemMgt, 5, 1);
    ck_assert(handles->is_copy);
    ck_assert_uint_eq(handles->stride, 4);
    const struct plan *references = plan_of_parameter(&IID_IRemUnknown, 4, 1);
    ck_assert(references->is_copy);
    ck_assert_uint_eq(references->stride, sizeof(REMINTERFACEREF));
}
END_TEST

START_TEST(a_value_stands_as_a_referent_aligned_to_4)
{
    const struct plan *values = plan_of_parameter(&IID_IOPCSyncIO, 4, 2);
    ck_assert_uint_eq(values->wire_size, 4);
    ck_assert_uint_eq(values->alignment, 4);
    ck_assert_uint_eq(values->memory_size, sizeof(VARIANT));
    ck_assert_uint_eq(values->steps[0].kind, PLAN_USER);
}
END_TEST

START_TEST(an_item_state_is_two_steps)
{
    const struct plan *states = plan_of_parameter(&IID_IOPCSyncIO, 3, 3);
    ck_assert_uint_eq(states->count, 2);
    ck_assert_uint_eq(states->wire_size, 20);
    ck_assert_uint_eq(states->steps[0].size, 16);
    ck_assert(states->has_referents);
    ck_assert(!states->has_gaps);
}
END_TEST

START_TEST(a_server_status_has_its_gap_where_ndr_aligns)
{
    const struct plan *status = plan_of_parameter(&IID_IOPCServer, 6, 0);
    ck_assert(status->has_gaps);
    /* Three times 8 bytes, the 16-bit state, 2 bytes of nothing, the counts. */
    ck_assert_uint_eq(status->steps[1].kind, PLAN_ENUM16);
    ck_assert_uint_eq(status->steps[1].wire, 24);
    ck_assert_uint_eq(status->steps[2].wire, 28);
}
END_TEST

START_TEST(a_plan_is_compiled_once)
{
    ck_assert_ptr_eq(plan_of_parameter(&IID_IOPCSyncIO, 3, 3), plan_of_parameter(&IID_IOPCSyncIO, 3, 3));
}
END_TEST

START_TEST(an_unknown_code_is_not_supported)
{
    static const uint8_t encapsulated_union[] = { 0x2a, 0, 0, 0 };
    static const uint8_t structure_of_it[] = {
        FC_STRUCT, 3, 4, 0, FC_EMBEDDED_COMPLEX, 0, 3, 0, FC_END, 0x2a, 0, 0, 0
    };
    HRESULT hr = S_OK;
    ck_assert_ptr_null(plan_of(encapsulated_union, &hr));
    ck_assert_int_eq(hr, E_NOTIMPL);
    hr = S_OK;
    ck_assert_ptr_null(plan_of(structure_of_it, &hr));
    ck_assert_int_eq(hr, E_NOTIMPL);
}
END_TEST

/* ---- arena ------------------------------------------------------------------------------------ */
START_TEST(an_arena_gives_aligned_blocks_of_any_size_and_is_found_by_its_first)
{
    struct arena a = { 0 };
    uint8_t *first = arena_alloc(&a, 3), *second = arena_alloc(&a, 100000), *third = arena_alloc(&a, 0);
    ck_assert(first && second && third);
    ck_assert_uint_eq((uintptr_t)first % 16, 0);
    ck_assert_uint_eq((uintptr_t)second % 16, 0);
    memset(first, 1, 3);
    memset(second, 2, 100000);
    ck_assert_uint_eq(first[2], 1);
    ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX));
    struct arena same = arena_of_first(first);
    ck_assert_ptr_eq(same.first, a.first);
    arena_cleanup(&same);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ndr plan");
    TCase *cases = tcase_create("plans");
    tcase_add_test(cases, each_type_of_each_method_has_a_plan);
    tcase_add_test(cases, plain_elements_are_copied_as_they_lie);
    tcase_add_test(cases, a_value_stands_as_a_referent_aligned_to_4);
    tcase_add_test(cases, an_item_state_is_two_steps);
    tcase_add_test(cases, a_server_status_has_its_gap_where_ndr_aligns);
    tcase_add_test(cases, a_plan_is_compiled_once);
    tcase_add_test(cases, an_unknown_code_is_not_supported);
    tcase_add_test(cases, an_arena_gives_aligned_blocks_of_any_size_and_is_found_by_its_first);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
