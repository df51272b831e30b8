/* SPDX-License-Identifier: MIT
 *
 * Component images on the host: reads an ELF executable made by lucc (hostile
 * input: every offset is checked), finds its description and build id, and lays
 * its memory out.  Used by the agent and by host tests.  Hosted code only.
 */
#pragma once

#include <st/transfer.h>

struct st_image; /* opaque */

#define ST_MAX_IMAGE_FILE (256u << 20)
#define ST_IMAGE_SEGMENTS 16u

struct st_image_segment {
    uint64_t addr, mem_size;
    const void *data; /* file_size bytes; the rest is zero */
    uint64_t file_size;
    uint32_t prot; /* LU_PROT_* */
};

/* Reads a file, or takes a copy of bytes.  -LU_EFORMAT with what is wrong ("not an ELF
 * file", "truncated: section .lu.state ends at ..."), -LU_ENOENT, -LU_EIO. */
int st_image_open(struct st_image **ret, const char *file, struct st_err *err);
int st_image_parse(struct st_image **ret, const void *bytes, size_t size, struct st_err *err);
void st_image_close(struct st_image *image);

/* NULL when the image carries no description (not built by lucc). */
const struct st_desc *st_image_desc(const struct st_image *image);
/* What rules call old global i: "name", of a static "file.c:name" or "file.c:function:name". */
const char *st_image_global_name(const struct st_image *image, uint32_t i);
/* The description's blob, as it travels to the guest. */
const void *st_image_blob(const struct st_image *image, size_t *ret_size);
const uint8_t *st_image_build_id(const struct st_image *image); /* LU_BUILD_ID_SIZE bytes */
uint64_t st_image_entry(const struct st_image *image);
uint32_t st_image_segments(const struct st_image *image, const struct st_image_segment **ret);
const void *st_image_bytes(const struct st_image *image, size_t *ret_size); /* the whole file */

/* Initial content of static memory (a view without heap): bytes as loaded. */
int st_image_read(const struct st_image *image, uint64_t addr, void *buf, size_t len);

/* ST_RULE_INITIAL rules for the old version's globals that the new one lacks (or has as
 * constants), so that a global that still has its initial value may go.  Fills at most `max`,
 * returns how many; names are valid as long as the old image is open. */
uint32_t st_image_initial_rules(const struct st_image *old_image, const struct st_image *new_image,
                                struct st_rule *ret, uint32_t max);

/* The table of transfer handlers in the image, or NULL if it has none: kinds and names, as a plan
 * needs them; .convert is NULL, since it is code of the guest.  One block: free it.
 * -LU_EFORMAT, -LU_ENOMEM. */
int st_image_handlers(const struct st_image *image, struct st_handler **ret, struct st_err *err);

/* malloc and free as struct st_mem. */
extern const struct st_mem st_host_mem;
