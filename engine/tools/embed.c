/*
 * Build time: turns the scripts into one C table, bytes unchanged, so that the line numbers in
 * error messages stay true.
 *
 *   embed OUTPUT.c ROOT FILE...
 *
 * A file below ROOT is named by its path from there ("plumb/json.lua"), any other by its last
 * part ("argparse.lua"). The table is sorted by name, which makes builds reproducible and lets the
 * engine search it by halves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    const char *name;
    const char *path;
    size_t size;
};

static const char *name_of(const char *path, const char *root)
{
    size_t n = strlen(root);
    if (strncmp(path, root, n) == 0 && path[n] == '/')
        return path + n + 1;
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int write_bytes(FILE *out, struct entry *entry, int index)
{
    FILE *in = fopen(entry->path, "rb");
    if (!in) {
        perror(entry->path);
        return 1;
    }
    fprintf(out, "static const unsigned char file_%d[] = {", index);
    int c;
    while ((c = getc(in)) != EOF) {
        fprintf(out, "%s%d,", entry->size % 24 ? "" : "\n", c);
        entry->size++;
    }
    fprintf(out, "0};\n"); /* the 0 keeps an empty file's array legal; it is not counted */
    int failed = ferror(in);
    fclose(in);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: embed OUTPUT.c ROOT FILE...\n");
        return 2;
    }
    int count = argc - 3;
    struct entry *entries = calloc((size_t)count, sizeof *entries);
    FILE *out = fopen(argv[1], "wb");
    if (!entries || !out) {
        perror(argv[1]);
        free(entries);
        if (out)
            fclose(out);
        return 1;
    }
    for (int i = 0; i < count; i++)
        entries[i] = (struct entry){ .name = name_of(argv[i + 3], argv[2]), .path = argv[i + 3] };
    qsort(entries, (size_t)count, sizeof *entries, by_name);

    int failed = 0;
    fprintf(out, "/* Made by engine/tools/embed.c from the scripts; do not edit. */\n");
    fprintf(out, "#include \"embed.h\"\n\n");
    for (int i = 0; i < count && !failed; i++)
        failed = write_bytes(out, &entries[i], i);
    fprintf(out, "\nconst struct embedded_script embedded_scripts[] = {\n");
    for (int i = 0; i < count; i++)
        fprintf(out, "    { \"%s\", (const char *)file_%d, %zu },\n", entries[i].name, i,
                entries[i].size);
    fprintf(out, "};\nconst size_t embedded_script_count = %d;\n", count);
    failed |= fclose(out) != 0;
    free(entries);
    return failed ? 1 : 0;
}
