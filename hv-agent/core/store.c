/* SPDX-License-Identifier: MIT
 *
 * Files named BUILDID.elf in the copy directory; *.elf in the image directory.
 */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"

static int open_image(const char *path, struct st_image **ret, struct lu_err *err)
{
    struct st_err serr = {0};
    int r = st_image_open(ret, path, &serr);

    if (r == 0)
        return 0;
    return lu_err_set(err,
                      r == -LU_ENOENT ? -ENOENT
                      : r == -LU_EIO  ? -EIO
                                      : -EINVAL,
                      "%s: %s", path, serr.text);
}

static bool has_id(const struct st_image *image, const uint8_t *build_id)
{
    return memcmp(st_image_build_id(image), build_id, LU_BUILD_ID_SIZE) == 0;
}

static int copy_path(const struct hva_store *s, const uint8_t *build_id, char *path, size_t size,
                     struct lu_err *err)
{
    char hex[2 * LU_BUILD_ID_SIZE + 1];

    hva_hex(build_id, LU_BUILD_ID_SIZE, hex);
    return hva_path(path, size, err, "%s/%s.elf", s->copy_dir, hex);
}

static bool wanted(const char *file, const char *name, bool others)
{
    size_t n = strlen(file);
    bool own = strncmp(file, name, strlen(name)) == 0;

    return n > 4 && strcmp(file + n - 4, ".elf") == 0 && own != others;
}

static int search_dir(const char *dirname, const char *name, bool others, const uint8_t *build_id,
                      struct st_image **ret)
{
    DIR *dir = opendir(dirname);
    struct dirent *entry;
    int r = -ENOENT;

    while (dir && r < 0 && (entry = readdir(dir))) {
        char path[HVA_PATH_MAX];
        struct st_image *image;

        if (!wanted(entry->d_name, name, others) ||
            hva_path(path, sizeof(path), NULL, "%s/%s", dirname, entry->d_name) < 0 ||
            open_image(path, &image, NULL) < 0)
            continue;
        if (has_id(image, build_id)) {
            *ret = image;
            r = 0;
        } else {
            st_image_close(image);
        }
    }
    if (dir)
        closedir(dir);
    return r;
}

int hva_store_find(const struct hva_store *s, const char *name, const uint8_t *build_id,
                   struct st_image **ret, struct lu_err *err)
{
    char path[HVA_PATH_MAX], hex[2 * LU_BUILD_ID_SIZE + 1];
    struct st_image *image;
    int r = copy_path(s, build_id, path, sizeof(path), err);

    if (r < 0)
        return r;
    if (open_image(path, &image, NULL) == 0) {
        if (has_id(image, build_id)) {
            *ret = image;
            return 0;
        }
        st_image_close(image); /* a damaged copy */
    }
    for (int others = 0; s->image_dir && others < 2; others++)
        if (search_dir(s->image_dir, name, others, build_id, ret) == 0)
            return 0;
    hva_hex(build_id, LU_BUILD_ID_SIZE, hex);
    return lu_err_set(err, -ENOENT,
                      "no image with build id %s is known: its description is needed "
                      "to update the running %s",
                      hex, name);
}

static bool climbs(const char *image)
{
    for (const char *p = image; (p = strstr(p, "..")); p += 2)
        if ((p == image || p[-1] == '/') && (p[2] == '/' || p[2] == '\0'))
            return true;
    return false;
}

int hva_store_open(const struct hva_store *s, const char *base_dir, const char *image,
                   struct st_image **ret, struct lu_err *err)
{
    const char *dirs[] = {base_dir, s->image_dir};
    char path[HVA_PATH_MAX];

    if (climbs(image))
        return lu_err_set(err, -EINVAL, "image name %s climbs out of its folder", image);
    if (image[0] == '/')
        return open_image(image, ret, err);
    for (size_t i = 0; i < 2; i++) {
        int r;

        if (!dirs[i])
            continue;
        r = hva_path(path, sizeof(path), err, "%s/%s", dirs[i], image);
        if (r < 0)
            return r;
        if (access(path, F_OK) == 0)
            return open_image(path, ret, err);
    }
    return lu_err_set(err, -ENOENT, "image %s is neither beside the scenario nor in %s", image,
                      s->image_dir ? s->image_dir : "an image directory");
}

int hva_store_keep(const struct hva_store *s, const struct st_image *image, struct lu_err *err)
{
    char path[HVA_PATH_MAX];
    size_t size;
    const void *bytes = st_image_bytes(image, &size);
    int r = copy_path(s, st_image_build_id(image), path, sizeof(path), err);

    if (r < 0)
        return r;
    if (access(path, F_OK) == 0)
        return 0;
    r = hva_write_file(path, bytes, size, 0600, err);
    return r < 0 ? lu_err_wrap(err, r, "keeping a copy of the image") : 0;
}
