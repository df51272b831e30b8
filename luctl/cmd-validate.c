/* SPDX-License-Identifier: MIT
 *
 * luctl validate: a scenario looked at without an agent.
 */
#include "scenario-file.h"
#include "scenario/images.h"

#include <stdio.h>
#include <stdlib.h>

static void print(const struct output *o, const struct scenario_file *f,
                  const struct lu_scn_image *images)
{
    struct table t = {.heads = {"COMPONENT", "BUILD", "STATE FILTER", "IMAGE"}};
    const struct lu_scenario *s = f->scenario;

    output_paint(o, PAINT_PLAIN, f->path);
    fputs(" is valid.\n", stdout);
    for (size_t i = 0; i < s->n_components; i++) {
        char build[16];

        snprintf(build, sizeof(build), "%.12s", images[i].build_id);
        table_add(&t, (const char *const[]){s->components[i].name, build,
                                            !s->components[i].filter.len ? "none"
                                            : images[i].filter_checked   ? "checked"
                                                                         : "not checked",
                                            images[i].path});
    }
    table_print(o, &t);
    table_free(&t);
}

static void print_json(const struct scenario_file *f, const struct lu_scn_image *images)
{
    const struct lu_scenario *s = f->scenario;
    json_t *list = json_array(), *doc;

    for (size_t i = 0; i < s->n_components; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:b}", "name", s->components[i].name,
                                        "image", images[i].path, "build_id", images[i].build_id,
                                        "filter_checked", images[i].filter_checked));
    doc = json_pack("{s:b, s:s, s:s, s:o}", "valid", 1, "file", f->path, "scenario", s->name,
                    "components", list);
    output_json(doc, false);
    json_decref(doc);
}

static int run(struct cmd_call *call)
{
    struct lu_scn_image images[LU_SCN_MAX_COMPONENTS];
    const char *image_dir = cmd_value(call, "image-dir");
    struct lu_scn_diag diag = {0};
    struct scenario_file f;
    int code = scenario_file_open(call, call->operands[0], &f);

    if (!image_dir)
        image_dir = getenv("PROTEAN_IMAGE_DIR");
    if (!code && lu_scenario_check_images(f.scenario, f.base_dir, image_dir, images, &diag) < 0)
        code = scenario_file_diag(call, &diag);
    if (!code && call->out.json)
        print_json(&f, images);
    else if (!code)
        print(&call->out, &f, images);
    scenario_file_close(&f);
    return code;
}

const struct command cmd_validate = {
    .name = "validate",
    .summary = "Check a scenario without an agent",
    .details = "Checks the document, that its images are there and are versions of their "
               "components, and its state filters against the versions in the image directory. "
               "Whether an update can be carried out is for 'luctl plan' to say: it depends on the "
               "guest.\n\nExit status 2: the scenario would be refused.",
    .operands = {{.name = "SCENARIO", .completes = CMD_FILES}},
    .options = {{.name = "image-dir",
                 .arg = "DIR",
                 .completes = CMD_DIRS,
                 .help = "images that do not lie beside the scenario; "
                         "default $PROTEAN_IMAGE_DIR"}},
    .run = run,
};
