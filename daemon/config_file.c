/* The INI file and its drop-ins. inih does the syntax; what it would let pass in silence is
 * refused here line by line: too long lines, and sections that there are not. */
#include "config_impl.h"

#include <errno.h>
#include <glob.h>
#include <ini.h>
#include <string.h>

static void refuse_line(struct config_source *source, const char *what)
{
    if (!status_is_ok(source->status)) return;
    source->status = status_invalid(source->arena, REASON_CONFIG_INVALID, NULL, "%s:%d: %s",
                                    source->file, source->line, what);
}

/* "[name]": must be a section we have. */
static void take_section(struct config_source *source, const char *line)
{
    size_t size = strcspn(line + 1, "]\n");
    const char *near;

    if (size >= sizeof source->section) size = sizeof source->section - 1;
    memcpy(source->section, line + 1, size);
    source->section[size] = '\0';
    if (setting_has_section(source->section)) return;
    near = setting_near_section(source->section);
    refuse_line(source,
                arena_printf(source->arena, "there is no section [%s]%s%s%s", source->section,
                             near ? "; did you mean [" : "", near ? near : "",
                             near ? "]?" : "; provostd --help lists them"));
}

/* inih's reader: as fgets, and counts, since Debian's inih does not tell the line. Leading blanks
 * go, because inih would take an indented line for more of the value above it. */
static char *read_line(char *buffer, int size, void *data)
{
    struct config_source *source = data;
    size_t blanks;

    if (!status_is_ok(source->status) || fgets(buffer, size, source->stream) == NULL)
        return NULL;
    source->line++;
    if (strchr(buffer, '\n') == NULL && !feof(source->stream)) {
        refuse_line(source,
                    arena_printf(source->arena,
                                 "the line has more than %d bytes, or a NUL in it", size - 2));
        return NULL;
    }
    blanks = strspn(buffer, " \t");
    memmove(buffer, buffer + blanks, strlen(buffer + blanks) + 1);
    if (buffer[0] == '[') take_section(source, buffer);
    return buffer;
}

static void refuse_name(struct config_source *source, const char *section, const char *name)
{
    const struct setting *near = setting_near(section, name);
    const char *hint = "; provostd --help lists them";

    if (near != NULL)
        hint = arena_printf(source->arena, "; did you mean %s%s%s%s?", near->name,
                            strcmp(near->section, section) != 0 ? " of section [" : "",
                            strcmp(near->section, section) != 0 ? near->section : "",
                            strcmp(near->section, section) != 0 ? "]" : "");
    refuse_line(source, arena_printf(source->arena, "there is no setting %s in section [%s]%s",
                                     name, section, hint));
}

/* inih's callback: 1 is success. */
static int on_value(void *data, const char *section, const char *name, const char *value)
{
    struct config_source *source = data;
    const struct setting *setting = setting_by_name(section, name);

    if (!status_is_ok(source->status)) return 0; /* inih reads on after a failure */
    if (*section == '\0') {
        refuse_line(source, "a [section] must come first");
        return 0;
    }
    if (setting == NULL) {
        refuse_name(source, section, name);
        return 0;
    }
    if (source->from_flag[setting - setting_table]) return 1;
    source->status = config_set(source, setting, name, value);
    return status_is_ok(source->status);
}

static struct status read_file(struct config_source *source, const char *path)
{
    int error_line;

    source->file = path;
    source->line = 0;
    source->status = status_ok();
    source->stream = fopen(path, "re");
    if (source->stream == NULL)
        return status_invalid(source->arena, REASON_CONFIG_INVALID, NULL,
                              "%s: %m; check the name and the rights of the file", path);
    error_line = ini_parse_stream(read_line, source, on_value, source);
    if (ferror(source->stream))
        source->status = status_invalid(source->arena, REASON_CONFIG_INVALID, NULL,
                                        "%s: cannot be read", path);
    fclose(source->stream);
    if (!status_is_ok(source->status) || error_line == 0) return source->status;
    return status_invalid(source->arena, REASON_CONFIG_INVALID, NULL,
                          "%s:%d: write \"name = value\" below a [section]", path, error_line);
}

struct status config_read_files(struct config_source *source, const char *path)
{
    struct status status = read_file(source, path);
    glob_t found = {.gl_pathc = 0};
    char *escaped = arena_alloc(source->arena, 2 * strlen(path) + 1);
    char *to = escaped;

    if (!status_is_ok(status)) return status;
    for (const char *from = path; *from != '\0'; from++) {
        if (strchr("*?[\\", *from) != NULL) *to++ = '\\';
        *to++ = *from;
    }
    *to = '\0';
    /* glob sorts by strcoll, and no locale is set: bytewise. */
    if (glob(arena_printf(source->arena, "%s.d/*.conf", escaped), 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && status_is_ok(status); i++)
            status = read_file(source, arena_strdup(source->arena, found.gl_pathv[i]));
    globfree(&found);
    return status;
}
