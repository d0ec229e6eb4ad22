#include "probe-client/bench_plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "probe-client/plot.h"

#define PLOT_BYTES ((size_t)16 << 20)

static void fill_panel(const struct bench_result *r, const struct bench_operation *o, struct plot_panel *panel,
                       char title[64])
{
    bench_operation_title(o, title);
    panel->title = title;
    for (unsigned party = 0; party < BENCH_PARTIES; party++) {
        if (!bench_result_has_figure(r, o, party))
            continue;
        panel->lines[panel->line_count++] = (struct plot_line){ .name = bench_result_party_name(r, party),
                                                                .latency = &o->rows[party].latency,
                                                                .reference = party == BENCH_FLOOR };
    }
}

enum err bench_plot(const struct bench_result *r, const char *path)
{
    struct plot_panel panels[BENCH_OPERATIONS_MAXIMUM] = { { 0 } };
    char titles[BENCH_OPERATIONS_MAXIMUM][64];
    struct writer w;
    size_t count = 0;
    for (unsigned i = 0; i < r->operation_count; i++) {
        fill_panel(r, &r->operations[i], &panels[count], titles[count]);
        count += panels[count].line_count > 0;
    }
    char *title = text_format("Latency from %s to %s by authentication level (%s)", r->here,
                              strcmp(r->there, ".") == 0 ? "the same computer" : r->there, r->kind);
    char *note = text_format("%s; %u rounds of alternating blocks in %.0f s; a demonstration without a verdict.",
                             r->server, r->rounds, (double)r->duration_ns / 1e9);
    writer_init(&w, PLOT_BYTES);
    if (title && note)
        plot_svg(&w, title, note, panels, count);
    enum err e = title && note && !w.failed ? file_replace(path, w.data, w.size, false) : ERR_MEMORY;
    writer_cleanup(&w);
    free(title);
    free(note);
    return e;
}
