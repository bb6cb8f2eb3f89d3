#include "check.h"
#include "plumb/paste.h"

/* --- a paste in a few words: the text that comes in, and whether its end was seen --- */

static bool feed(struct plumb_paste *paste, const char *bytes)
{
    bool ended = false;
    for (; *bytes; bytes++)
        ended = plumb_paste_add(paste, *bytes);
    return ended;
}

static void pasted(const char *bytes, const char *wanted)
{
    struct plumb_paste paste;
    plumb_paste_init(&paste, 1000);
    assert_true(feed(&paste, bytes));
    assert_true(paste.ended);
    assert_string_equal(paste.text.p ? paste.text.p : "", wanted);
    plumb_paste_clear(&paste);
}

/* --- what holds --- */

static void paste_ends_at_its_mark(void **state)
{
    (void)state;
    pasted("abc" PLUMB_PASTE_END, "abc");
    pasted(PLUMB_PASTE_END, "");
    pasted("\tif x\tthen" PLUMB_PASTE_END, "\tif x\tthen");
}

static void paste_makes_every_line_end_a_newline(void **state)
{
    (void)state;
    pasted("a\rb\nc\r\nd\n\re\r\r" PLUMB_PASTE_END, "a\nb\nc\nd\n\ne\n\n");
}

static void paste_keeps_what_only_begins_like_the_mark(void **state)
{
    (void)state;
    pasted("a\033[20b" PLUMB_PASTE_END, "a\033[20b");
    pasted("\033\033[201" PLUMB_PASTE_END, "\033\033[201");
    pasted("\033" PLUMB_PASTE_END, "\033");
    pasted(PLUMB_PASTE_BEGIN PLUMB_PASTE_END, PLUMB_PASTE_BEGIN);
}

static void paste_drops_what_does_not_fit_and_still_ends(void **state)
{
    struct plumb_paste paste;
    (void)state;
    plumb_paste_init(&paste, 4);
    assert_false(feed(&paste, "abcdef"));
    assert_true(plumb_paste_is_cut(&paste));
    assert_true(feed(&paste, PLUMB_PASTE_END));
    assert_slice(plumb_buf_slice(&paste.text), "abcd");
    plumb_paste_clear(&paste);
}

static void paste_without_an_end_goes_on(void **state)
{
    struct plumb_paste paste;
    (void)state;
    plumb_paste_init(&paste, 100);
    assert_false(feed(&paste, "abc\033[201"));
    assert_false(paste.ended);
    assert_false(plumb_paste_is_cut(&paste));
    plumb_paste_clear(&paste);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paste_ends_at_its_mark),
        cmocka_unit_test(paste_makes_every_line_end_a_newline),
        cmocka_unit_test(paste_keeps_what_only_begins_like_the_mark),
        cmocka_unit_test(paste_drops_what_does_not_fit_and_still_ends),
        cmocka_unit_test(paste_without_an_end_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
