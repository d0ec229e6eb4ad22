#include "probe-client/explain.h"

#include <string.h>

#include "opcda/codes.h"
#include "opcda/explain.h"
#include "probe-client/exit_code.h"
#include "probe-client/report_text.h"

static void print_code(const struct page *p, uint32_t code, const struct code_info *info)
{
    fprintf(p->file, "0x%08X  %s\n", (unsigned)code, info->name);
    char decimal[64];
    snprintf(decimal, sizeof(decimal), "%u, %d", (unsigned)code, (int)(int32_t)code);
    page_labelled(p, "Decimal", decimal);
    page_labelled(p, "Text", info->text);
    if (info->code != code) {
        char other[128];
        snprintf(other, sizeof(other), "another spelling of 0x%08X (%u)", (unsigned)info->code, (unsigned)info->code);
        page_labelled(p, "Same as", other);
    } else if (info->same_as && info->same_as != code) {
        char other[128];
        snprintf(other, sizeof(other), "0x%08X %s", (unsigned)info->same_as, code_name(info->same_as));
        page_labelled(p, "Same as", other);
    }
}

/* The stages that share an explanation are explained once. */
static void print_stages(const struct page *p, const struct explanation *const found[STAGE_COUNT], int first)
{
    char names[256] = "";
    for (int i = first; i < STAGE_COUNT; i++) {
        if (found[i] != found[first])
            continue;
        size_t used = strlen(names);
        snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", stage_name((enum stage)i));
    }
    const struct explanation *e = found[first];
    fprintf(p->file, "\nAt %s:\n", names);
    page_labelled(p, "Machine", machine_name(explain_machine(e, stage_direction((enum stage)first))));
    page_labelled(p, "Meaning", e->meaning);
    report_text_advice(p, e->look_at, e->causes, e->change, e->undo, e->note);
}

int explain_run(const struct explain_options *o, const struct page *p)
{
    const struct code_info *info = code_find(o->code);
    if (!info) {
        fprintf(stderr,
                "probe-client: 0x%08X is not in the table of codes; the vendor of the server may have defined it\n",
                (unsigned)o->code);
        return EXIT_USAGE;
    }
    print_code(p, o->code, info);
    const struct explanation *found[STAGE_COUNT] = { NULL };
    bool any = false;
    for (int i = 0; i < STAGE_COUNT; i++)
        if (!o->has_stage || i == (int)o->stage) {
            found[i] = explain_find(o->code, (enum stage)i, stage_direction((enum stage)i));
            any = any || found[i];
        }
    for (int i = 0; i < STAGE_COUNT; i++) {
        bool seen = false;
        for (int k = 0; k < i; k++)
            seen = seen || found[k] == found[i];
        if (found[i] && !seen)
            print_stages(p, found, i);
    }
    if (!any)
        fprintf(p->file, "\nNothing is known about it%s%s.\n", o->has_stage ? " at stage " : "",
                o->has_stage ? stage_name(o->stage) : "");
    return EXIT_AS_EXPECTED;
}
