#include "plumb/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXACT_DIGITS = 15, /* every integer of so many digits is exact in a double */
    MAX_NUMBER = 512,  /* characters; a double is settled long before */
};

/* What the scanner expects next. */
enum state {
    WANT_VALUE,        /* after ':' or at the start */
    WANT_ELEMENT,      /* after '[': a value or ']' */
    WANT_NEXT_ELEMENT, /* after ',' in an array: a value */
    WANT_KEY,          /* after '{': a key or '}' */
    WANT_NEXT_KEY,     /* after ',' in an object: a key */
    AFTER_VALUE,       /* ',' or the end of what is open */
};

struct scanner {
    const char *p, *end; /* what is left */
    const char *copied;  /* everything before it is in out already */
    struct plumb_buf *out;
    const char *fault; /* why it is no JSON; p says where */
    size_t keys;       /* passed so far, in all objects */
    int depth, max_depth;
    bool is_object[PLUMB_JSON_MAX_DEPTH];
};

static bool fail(struct scanner *s, const char *at, const char *fault)
{
    s->p = at;
    s->fault = fault;
    return false;
}

/* Writes what was skipped, then `with` instead of the token from `from` to p. */
static void replace(struct scanner *s, const char *from, const char *with, struct plumb_slice rest)
{
    plumb_buf_add(s->out, s->copied, (size_t)(from - s->copied));
    plumb_buf_add_str(s->out, with);
    plumb_buf_add_slice(s->out, rest);
    plumb_buf_add_char(s->out, '"');
    s->copied = s->p;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const struct scanner *s) /* NUL at the end, which is no part of any token */
{
    return s->p < s->end ? *s->p : '\0';
}

static void skip_space(struct scanner *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

/* --- strings --- */

/* The length of the UTF-8 sequence at p, or 0; RFC 3629, section 4. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    size_t n = p[0] < 0x80   ? 1
               : p[0] < 0xc2 ? 0
               : p[0] < 0xe0 ? 2
               : p[0] < 0xf0 ? 3
               : p[0] < 0xf5 ? 4
                             : 0;
    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong =
        (p[0] == 0xe0 && n == 3 && p[1] < 0xa0) || (p[0] == 0xf0 && n == 4 && p[1] < 0x90);
    bool surrogate = p[0] == 0xed && n == 3 && p[1] > 0x9f;
    bool beyond = p[0] == 0xf4 && n == 4 && p[1] > 0x8f;
    return overlong || surrogate || beyond ? 0 : n;
}

/* The four hex digits at p as a number, or -1. */
static int hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool scan_escape(struct scanner *s) /* p is at the backslash */
{
    const char *start = s->p++;
    if (s->p < s->end && *s->p && strchr("\"\\/bfnrt", *s->p)) {
        s->p++;
        return true;
    }
    if (peek(s) != 'u')
        return fail(s, start, "an escape that JSON does not know");
    int unit = hex4(s->p + 1, s->end);
    if (unit < 0)
        return fail(s, start, "\\u without four hex digits");
    s->p += 5;
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    int low = s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u' ? hex4(s->p + 2, s->end) : -1;
    if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return fail(s, start, "half of a surrogate pair");
    s->p += 6;
    return true;
}

static bool scan_string(struct scanner *s) /* p is at the quote */
{
    const char *start = s->p++;
    while (s->p < s->end && *s->p != '"') {
        unsigned char c = (unsigned char)*s->p;
        if (c < 0x20)
            return fail(s, s->p, "a control character in a string; it must be escaped");
        if (c == '\\') {
            if (!scan_escape(s))
                return false;
            continue;
        }
        size_t n = utf8_length((const unsigned char *)s->p, (size_t)(s->end - s->p));
        if (n == 0)
            return fail(s, s->p, "bytes that are not UTF-8");
        s->p += n;
    }
    if (s->p == s->end)
        return fail(s, start, "a string without its closing quote");
    s->p++;
    return true;
}

static bool scan_string_value(struct scanner *s)
{
    static const char nul[] = "\"\\u0000";
    const char *start = s->p;
    if (!scan_string(s))
        return false;
    size_t n = (size_t)(s->p - start);
    if (n > sizeof nul - 1 && memcmp(start, nul, sizeof nul - 1) == 0)
        replace(s, start, "\"\\u0000s", (struct plumb_slice){ start + 1, n - 2 });
    return true;
}

/* --- numbers and words --- */

static bool skip_digits(struct scanner *s)
{
    const char *start = s->p;
    while (is_digit(peek(s)))
        s->p++;
    return s->p > start;
}

/* The fraction and the exponent; whole says whether there was neither. */
static bool scan_number_tail(struct scanner *s, bool *whole)
{
    *whole = true;
    if (peek(s) == '.') {
        s->p++;
        *whole = false;
        if (!skip_digits(s))
            return fail(s, s->p, "a number without digits after its point");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->p++;
        *whole = false;
        if (peek(s) == '+' || peek(s) == '-')
            s->p++;
        if (!skip_digits(s))
            return fail(s, s->p, "a number without digits in its exponent");
    }
    return true;
}

/* Looks at the value of the number from start to p, which is well formed. */
static bool check_number(struct scanner *s, const char *start, bool whole)
{
    char text[MAX_NUMBER + 1];
    size_t n = (size_t)(s->p - start);

    if (n > MAX_NUMBER)
        return fail(s, start, "a number of more than 512 characters");
    if (whole && n <= EXACT_DIGITS)
        return true;
    memcpy(text, start, n);
    text[n] = '\0';
    if (whole) {
        errno = 0;
        (void)strtoll(text, NULL, 10);
        if (errno == 0) {
            replace(s, start, "\"\\u0000i", (struct plumb_slice){ start, n });
            return true;
        }
    }
    if (!isfinite(strtod(text, NULL)))
        return fail(s, start, "a number that is too large");
    return true;
}

static bool scan_number(struct scanner *s)
{
    const char *start = s->p;
    bool whole;

    if (peek(s) == '-')
        s->p++;
    if (peek(s) == '0')
        s->p++;
    else if (!skip_digits(s))
        return fail(s, start, "a minus sign without a number");
    if (is_digit(peek(s)))
        return fail(s, start, "a number that begins with 0");
    return scan_number_tail(s, &whole) && check_number(s, start, whole);
}

static bool scan_word(struct scanner *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
        return fail(s, s->p, "a word that is not true, false or null");
    s->p += n;
    return true;
}

/* --- structure --- */

static bool open_container(struct scanner *s, enum state *state)
{
    if (s->depth == s->max_depth)
        return fail(s, s->p, "nested too deeply");
    bool object = *s->p == '{';
    s->is_object[s->depth++] = object;
    *state = object ? WANT_KEY : WANT_ELEMENT;
    s->p++;
    return true;
}

static void close_container(struct scanner *s, enum state *state)
{
    s->p++;
    s->depth--;
    *state = AFTER_VALUE;
}

static bool scan_value(struct scanner *s, enum state *state)
{
    char c = peek(s);

    if (c == '{' || c == '[')
        return open_container(s, state);
    *state = AFTER_VALUE;
    if (c == '"')
        return scan_string_value(s);
    if (c == '-' || is_digit(c))
        return scan_number(s);
    if (c == 't' || c == 'f' || c == 'n')
        return scan_word(s, c == 't' ? "true" : c == 'f' ? "false" : "null");
    if (s->p == s->end)
        return fail(s, s->p, "the text ends where a value should be");
    if (s->end - s->p >= 3 && memcmp(s->p, "\xef\xbb\xbf", 3) == 0)
        return fail(s, s->p, "a byte order mark");
    return fail(s, s->p, "something that is no value");
}

static bool scan_key(struct scanner *s, enum state *state)
{
    if (peek(s) != '"')
        return fail(s, s->p, "something that is no key");
    if (!scan_string(s))
        return false;
    skip_space(s);
    if (peek(s) != ':')
        return fail(s, s->p, "a key without its colon");
    s->p++;
    s->keys++;
    *state = WANT_VALUE;
    return true;
}

static bool scan_after_value(struct scanner *s, enum state *state)
{
    bool object = s->is_object[s->depth - 1];
    char c = peek(s);

    if (c == ',') {
        s->p++;
        *state = object ? WANT_NEXT_KEY : WANT_NEXT_ELEMENT;
        return true;
    }
    if (c != (object ? '}' : ']'))
        return fail(s, s->p,
                    object ? "an object that is neither continued nor closed"
                           : "an array that is neither continued nor closed");
    close_container(s, state);
    return true;
}

/* The empty array, or its first element. p is behind the '[' and the space after it. */
static bool scan_first_element(struct scanner *s, const char *bracket, enum state *state)
{
    if (peek(s) != ']')
        return scan_value(s, state);
    close_container(s, state);
    replace(s, bracket, "\"\\u0000a", (struct plumb_slice){ NULL, 0 });
    return true;
}

static bool scan_document(struct scanner *s)
{
    enum state state = WANT_VALUE;
    bool good = true;

    while (good && (state != AFTER_VALUE || s->depth > 0)) {
        const char *bracket = s->p - (state == WANT_ELEMENT); /* the '[' just passed */
        skip_space(s);
        if (state == WANT_ELEMENT)
            good = scan_first_element(s, bracket, &state);
        else if (state == WANT_KEY && peek(s) == '}')
            close_container(s, &state);
        else if (state == WANT_KEY || state == WANT_NEXT_KEY)
            good = scan_key(s, &state);
        else if (state == AFTER_VALUE)
            good = scan_after_value(s, &state);
        else
            good = scan_value(s, &state);
    }
    if (!good)
        return false;
    skip_space(s);
    return s->p == s->end || fail(s, s->p, "something behind the value");
}

bool plumb_json_check(struct plumb_slice text, int max_depth, struct plumb_buf *out,
                      struct plumb_err *err, size_t *position, size_t *keys)
{
    const char *start = text.p ? text.p : "";
    struct scanner s;

    s.p = s.copied = start;
    s.end = start + text.n;
    s.out = out;
    s.fault = NULL;
    s.keys = 0;
    s.depth = 0;
    s.max_depth = max_depth < PLUMB_JSON_MAX_DEPTH ? max_depth : PLUMB_JSON_MAX_DEPTH;

    bool good = scan_document(&s);
    if (position)
        *position = (size_t)(s.p - start) + 1;
    if (keys)
        *keys = s.keys;
    if (!good)
        return plumb_err_set(err, "BadJson", 0, "%s", s.fault);
    if (!plumb_buf_add(out, s.copied, (size_t)(s.end - s.copied)))
        return plumb_err_set(err, "OutOfMemory", 0, "no room for a JSON text of %zu bytes", text.n);
    return true;
}
