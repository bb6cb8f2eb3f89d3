#include "plumb/mask.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plumb/digest.h"
#include "plumb/uri.h"

enum {
    SHORTEST = 8, /* bytes of a secret; anything shorter is found in ordinary words */
    PIECE = 16,   /* bytes of a secret in a row that give it away */
    MAX_ENTRIES = 64,
    MAX_FORMS = 16,
    FILTER_BITS = 18,
    MAX_SHOWN = 32,
};

static const size_t MAX_FORM = (size_t)1 << 20;

struct entry {
    struct plumb_buf forms[MAX_FORMS]; /* the first is the secret as it is */
    size_t count;
    char shown[MAX_SHOWN];
    size_t shown_size;
};

/* The filter has a bit for the first eight bytes of every piece of every form. Most places of a
 * text are dismissed by it with one look, however many secrets there are. */
struct plumb_mask {
    struct entry entries[MAX_ENTRIES];
    size_t count, oldest;
    uint8_t filter[(1 << FILTER_BITS) / 8];
};

static size_t filter_bit(const char *p)
{
    uint64_t bytes;
    memcpy(&bytes, p, sizeof bytes);
    return (size_t)((bytes * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - FILTER_BITS));
}

static void filter_form(struct plumb_mask *mask, const struct plumb_buf *form)
{
    size_t last = form->n < PIECE ? 0 : form->n - PIECE;
    for (size_t i = 0; i <= last; i++) {
        size_t bit = filter_bit(form->p + i);
        mask->filter[bit / 8] |= (uint8_t)(1u << (bit % 8));
    }
}

/* --- the forms --- */

static struct plumb_buf *new_form(struct entry *entry)
{
    struct plumb_buf *form = &entry->forms[entry->count++];
    plumb_buf_init(form, MAX_FORM);
    form->secret = true;
    return form;
}

/* A form that is short or like an earlier one finds nothing more. */
static void keep_form(struct entry *entry)
{
    struct plumb_buf *form = &entry->forms[entry->count - 1];
    bool superfluous = form->failed || form->n < SHORTEST;
    for (size_t i = 0; i + 1 < entry->count && !superfluous; i++)
        superfluous = plumb_slice_equal(plumb_buf_slice(&entry->forms[i]), plumb_buf_slice(form));
    if (superfluous) {
        plumb_buf_clear(form);
        entry->count--;
    }
}

static void add_reversed(struct entry *entry, struct plumb_slice secret)
{
    struct plumb_buf *form = new_form(entry);
    for (size_t i = secret.n; i > 0; i--)
        plumb_buf_add_char(form, secret.p[i - 1]);
    keep_form(entry);
}

static void change_case(struct plumb_buf *form, char from, char to)
{
    for (size_t i = 0; i < form->n; i++)
        if (form->p[i] >= from && form->p[i] <= from + ('F' - 'A'))
            form->p[i] = (char)(form->p[i] + (to - from));
}

static void add_hex(struct entry *entry, struct plumb_slice secret, bool upper)
{
    struct plumb_buf *form = new_form(entry);
    plumb_digest_hex(secret, form);
    if (upper)
        change_case(form, 'a', 'A');
    keep_form(entry);
}

/* In base64 it matters how many bytes of something else come before: 0, 1 or 2. Only characters
 * that depend on the secret alone are kept. */
static void add_base64(struct entry *entry, struct plumb_slice secret, size_t before, bool url)
{
    static const size_t foreign[] = { 0, 2, 3 };
    struct plumb_buf shifted, coded, *form = new_form(entry);
    plumb_buf_init(&shifted, MAX_FORM);
    plumb_buf_init(&coded, MAX_FORM);
    shifted.secret = coded.secret = true;
    plumb_buf_add(&shifted, "\0\0", before);
    plumb_buf_add_slice(&shifted, secret);
    plumb_digest_base64(plumb_buf_slice(&shifted), &coded);
    size_t end = shifted.n * 8 / 6;
    if (!shifted.failed && !coded.failed && end > foreign[before])
        plumb_buf_add(form, coded.p + foreign[before], end - foreign[before]);
    for (size_t i = 0; url && i < form->n; i++)
        form->p[i] = form->p[i] == '+' ? '-' : form->p[i] == '/' ? '_' : form->p[i];
    plumb_buf_clear(&shifted);
    plumb_buf_clear(&coded);
    keep_form(entry);
}

static void add_percent(struct entry *entry, struct plumb_slice secret, bool lower)
{
    struct plumb_buf *form = new_form(entry);
    plumb_uri_encode(secret, false, form);
    for (size_t i = 0; lower && i + 2 < form->n; i++) {
        if (form->p[i] != '%')
            continue;
        for (size_t k = i + 1; k < i + 3; k++)
            if (form->p[k] >= 'A' && form->p[k] <= 'F')
                form->p[k] = (char)(form->p[k] - 'A' + 'a');
    }
    keep_form(entry);
}

static void add_json(struct entry *entry, struct plumb_slice secret, bool slash)
{
    struct plumb_buf *form = new_form(entry);
    for (size_t i = 0; i < secret.n; i++) {
        char c = secret.p[i];
        if (c == '"' || c == '\\' || (c == '/' && slash))
            plumb_buf_add_char(form, '\\');
        plumb_buf_add_char(form, c);
    }
    keep_form(entry);
}

static bool make_forms(struct entry *entry, struct plumb_slice secret)
{
    plumb_buf_add_slice(new_form(entry), secret);
    if (entry->forms[0].failed)
        return false;
    add_reversed(entry, secret);
    add_hex(entry, secret, false);
    add_hex(entry, secret, true);
    for (size_t before = 0; before < 3; before++) {
        add_base64(entry, secret, before, false);
        add_base64(entry, secret, before, true);
    }
    add_percent(entry, secret, false);
    add_percent(entry, secret, true);
    add_json(entry, secret, false);
    add_json(entry, secret, true);
    return true;
}

/* --- the mask --- */

static void clear_entry(struct entry *entry)
{
    for (size_t i = 0; i < entry->count; i++)
        plumb_buf_clear(&entry->forms[i]);
    *entry = (struct entry){ 0 };
}

struct plumb_mask *plumb_mask_new(void)
{
    return calloc(1, sizeof(struct plumb_mask));
}

void plumb_mask_free(struct plumb_mask *mask)
{
    if (!mask)
        return;
    for (size_t i = 0; i < mask->count; i++)
        clear_entry(&mask->entries[i]);
    free(mask);
}

static bool is_known(const struct plumb_mask *mask, struct plumb_slice secret)
{
    for (size_t i = 0; i < mask->count; i++)
        if (mask->entries[i].count &&
            plumb_slice_equal(plumb_buf_slice(&mask->entries[i].forms[0]), secret))
            return true;
    return false;
}

/* The place of a new entry: a free one, or that of the oldest. */
static struct entry *next_entry(struct plumb_mask *mask)
{
    if (mask->count < MAX_ENTRIES)
        return &mask->entries[mask->count++];
    struct entry *entry = &mask->entries[mask->oldest];
    mask->oldest = (mask->oldest + 1) % MAX_ENTRIES;
    clear_entry(entry);
    return entry;
}

bool plumb_mask_add(struct plumb_mask *mask, struct plumb_slice secret, struct plumb_slice shown)
{
    if (secret.n < SHORTEST || secret.n > MAX_FORM / 4 || is_known(mask, secret))
        return true;
    struct entry *entry = next_entry(mask);
    entry->shown_size = shown.n < MAX_SHOWN ? shown.n : MAX_SHOWN;
    if (shown.n)
        memcpy(entry->shown, shown.p, entry->shown_size);
    if (!make_forms(entry, secret)) {
        for (size_t i = 0; i < entry->count; i++)
            plumb_buf_clear(&entry->forms[i]);
        entry->count = 0;
        return false;
    }
    for (size_t i = 0; i < entry->count; i++)
        filter_form(mask, &entry->forms[i]);
    return true;
}

/* How many bytes from `at` on are a piece of the form, or all of it. */
static size_t run_of(const struct plumb_buf *form, struct plumb_slice text, size_t at)
{
    size_t left = text.n - at;
    if (form->n < PIECE)
        return left >= form->n && memcmp(text.p + at, form->p, form->n) == 0 ? form->n : 0;
    if (left < PIECE)
        return 0;
    const char *found = memmem(form->p, form->n, text.p + at, PIECE);
    if (!found)
        return 0;
    size_t most = form->n - (size_t)(found - form->p), run = PIECE;
    while (run < most && run < left && found[run] == text.p[at + run])
        run++;
    return run;
}

static const struct entry *longest(const struct plumb_mask *mask, struct plumb_slice text,
                                   size_t at, size_t *length)
{
    const struct entry *best = NULL;
    *length = 0;
    for (size_t i = 0; i < mask->count; i++) {
        for (size_t k = 0; k < mask->entries[i].count; k++) {
            size_t run = run_of(&mask->entries[i].forms[k], text, at);
            if (run > *length) {
                *length = run;
                best = &mask->entries[i];
            }
        }
    }
    return best;
}

bool plumb_mask_apply(const struct plumb_mask *mask, struct plumb_slice text, struct plumb_buf *out)
{
    size_t done = 0, at = 0, length;
    bool changed = false;
    while (at + SHORTEST <= text.n) {
        size_t bit = filter_bit(text.p + at);
        const struct entry *entry =
            mask->filter[bit / 8] & (1u << (bit % 8)) ? longest(mask, text, at, &length) : NULL;
        if (!entry) {
            at++;
            continue;
        }
        plumb_buf_add(out, text.p + done, at - done);
        plumb_buf_add(out, entry->shown, entry->shown_size);
        at += length;
        done = at;
        changed = true;
    }
    if (changed)
        plumb_buf_add(out, text.p + done, text.n - done);
    return changed;
}
