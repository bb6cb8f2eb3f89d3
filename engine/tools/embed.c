/*
 * Build time: turns the scripts into one C table, bytes unchanged, so that the line numbers in
 * error messages stay true.
 *
 *   embed OUTPUT.c DEPFILE ROOT FILE...
 *
 * Every .lua and .json file below ROOT is named by its path from there ("plumb/json.lua"), each
 * FILE by its last part ("argparse.lua"); ROOT/meta is for editors and left out. The table is
 * sorted by name, which makes builds reproducible and lets the engine search it by halves. The
 * depfile names the folders too, so that a file that comes or goes makes the table anew.
 */
#define _POSIX_C_SOURCE 200809L /* built for the machine that builds, where no -D is passed on */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    char *path;
    const char *name; /* within path */
    size_t size;
};

struct list {
    struct entry *entries;
    size_t n, room;
};

static void *check(void *memory)
{
    if (!memory) {
        perror("embed");
        exit(1);
    }
    return memory;
}

static void add(struct list *list, const char *path, size_t skip)
{
    if (list->n == list->room) {
        list->room = list->room ? 2 * list->room : 256;
        list->entries = check(realloc(list->entries, list->room * sizeof *list->entries));
    }
    char *copy = check(strdup(path));
    list->entries[list->n++] = (struct entry){ .path = copy, .name = copy + skip };
}

static bool ends_in(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static void walk(struct list *list, FILE *deps, const char *folder, size_t skip)
{
    DIR *dir = check(opendir(folder));
    fprintf(deps, " \\\n %s", folder);
    for (struct dirent *found; (found = readdir(dir)) != NULL;) {
        char path[4096];
        struct stat st;
        int n = snprintf(path, sizeof path, "%s/%s", folder, found->d_name);
        if (found->d_name[0] == '.' || n < 0 || (size_t)n >= sizeof path || stat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode) && strcmp(path + skip, "meta") != 0)
            walk(list, deps, path, skip);
        else if (S_ISREG(st.st_mode) && (ends_in(path, ".lua") || ends_in(path, ".json")))
            add(list, path, skip);
    }
    closedir(dir);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static bool write_bytes(FILE *out, struct entry *entry, size_t index)
{
    FILE *in = fopen(entry->path, "rb");
    if (!in) {
        perror(entry->path);
        return false;
    }
    fprintf(out, "static const unsigned char file_%zu[] = {", index);
    int c;
    while ((c = getc(in)) != EOF) {
        fprintf(out, "%s%d,", entry->size % 24 ? "" : "\n", c);
        entry->size++;
    }
    fprintf(out, "0};\n"); /* the 0 keeps an empty file's array legal; it is not counted */
    bool ok = !ferror(in);
    fclose(in);
    return ok;
}

static bool write_table(FILE *out, struct list *list)
{
    fprintf(out, "/* Made by engine/tools/embed.c from the scripts; do not edit. */\n");
    fprintf(out, "#include \"embed.h\"\n\n");
    for (size_t i = 0; i < list->n; i++)
        if (!write_bytes(out, &list->entries[i], i))
            return false;
    fprintf(out, "\nconst struct embedded_script embedded_scripts[] = {\n");
    for (size_t i = 0; i < list->n; i++)
        fprintf(out, "    { \"%s\", (const char *)file_%zu, %zu },\n", list->entries[i].name, i,
                list->entries[i].size);
    fprintf(out, "};\nconst size_t embedded_script_count = %zu;\n", list->n);
    return true;
}

int main(int argc, char **argv)
{
    struct list list = { 0 };
    if (argc < 4) {
        fprintf(stderr, "usage: embed OUTPUT.c DEPFILE ROOT FILE...\n");
        return 2;
    }
    FILE *out = check(fopen(argv[1], "wb")), *deps = check(fopen(argv[2], "wb"));
    fprintf(deps, "%s:", argv[1]);
    walk(&list, deps, argv[3], strlen(argv[3]) + 1);
    for (int i = 4; i < argc; i++) {
        const char *slash = strrchr(argv[i], '/');
        add(&list, argv[i], slash ? (size_t)(slash + 1 - argv[i]) : 0);
    }
    qsort(list.entries, list.n, sizeof *list.entries, by_name);
    for (size_t i = 0; i < list.n; i++)
        fprintf(deps, " \\\n %s", list.entries[i].path);
    fprintf(deps, "\n");

    bool ok = write_table(out, &list);
    ok = fclose(deps) == 0 && ok;
    ok = fclose(out) == 0 && ok;
    for (size_t i = 0; i < list.n; i++)
        free(list.entries[i].path);
    free(list.entries);
    return ok ? 0 : 1;
}
