/* Secrets in every form in which they leak. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plumb/digest.h"
#include "plumb/mask.h"
#include "plumb/uri.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCY\"AMPLEKEY"
#define STARS ((struct plumb_slice){ "***", 3 })

static struct plumb_mask *mask_of(const char *secret)
{
    struct plumb_mask *mask = plumb_mask_new();
    assert_non_null(mask);
    assert_true(plumb_mask_add(mask, plumb_slice_of(secret), STARS));
    return mask;
}

/* The masked text; the caller frees it. The text itself when nothing was found. */
static char *masked(const struct plumb_mask *mask, const char *text)
{
    struct plumb_buf out;
    plumb_buf_init(&out, 1 << 20);
    bool changed = plumb_mask_apply(mask, plumb_slice_of(text), &out);
    char *copy = strdup(changed ? out.p : text);
    assert_false(out.failed);
    plumb_buf_clear(&out);
    return copy;
}

static void assert_masked(const struct plumb_mask *mask, const char *text, const char *expected)
{
    char *got = masked(mask, text);
    assert_string_equal(got, expected);
    free(got);
}

static void mask_leaves_other_text_alone(void **state)
{
    struct plumb_mask *mask = mask_of(SECRET);
    struct plumb_buf out;
    (void)state;
    plumb_buf_init(&out, 100);
    assert_false(plumb_mask_apply(mask, plumb_slice_of("User is not authorized"), &out));
    assert_false(plumb_mask_apply(mask, plumb_slice_of(""), &out));
    assert_int_equal(out.n, 0);
    plumb_mask_free(mask);
    plumb_mask_free(NULL);
}

static void mask_finds_the_secret_wherever_it_is(void **state)
{
    struct plumb_mask *mask = mask_of(SECRET);
    (void)state;
    assert_masked(mask, SECRET, "***");
    assert_masked(mask, "a" SECRET "b" SECRET, "a***b***");
    plumb_mask_free(mask);
}

static void mask_finds_pieces_of_sixteen_bytes(void **state)
{
    struct plumb_mask *mask = mask_of(SECRET);
    (void)state;
    assert_masked(mask, "start FEMI/K7MDENG+bPx end", "start *** end");
    assert_masked(mask, "FEMI/K7MDENG+bP", "FEMI/K7MDENG+bP"); /* fifteen */
    assert_masked(mask, "YEKELPMA\"YCifRxPb", "***");          /* backwards */
    plumb_mask_free(mask);
}

static void mask_finds_encoded_secrets(void **state)
{
    struct plumb_mask *mask = mask_of(SECRET);
    struct plumb_buf out;
    char *got;
    (void)state;
    plumb_buf_init(&out, 1000);
    plumb_digest_hex(plumb_slice_of(SECRET), &out);
    assert_masked(mask, out.p, "***");
    plumb_buf_reset(&out);
    plumb_uri_encode(plumb_slice_of(SECRET), false, &out);
    assert_masked(mask, out.p, "***");
    assert_masked(mask, "wJalrXUtnFEMI%2fK7MDENG%2bbPxRfiCY%22AMPLEKEY", "***");
    assert_masked(mask, "{\"k\":\"wJalrXUtnFEMI\\/K7MDENG+bPxRfiCY\\\"AMPLEKEY\"}",
                  "{\"k\":\"***\"}");
    assert_masked(mask, "{\"k\":\"wJalrXUtnFEMI/K7MDENG+bPxRfiCY\\\"AMPLEKEY\"}",
                  "{\"k\":\"***\"}");
    for (size_t before = 0; before < 3; before++) {
        char text[100] = "";
        memset(text, 'x', before);
        strcat(text, SECRET ":");
        plumb_buf_reset(&out);
        plumb_digest_base64(plumb_slice_of(text), &out);
        got = masked(mask, out.p);
        assert_true(strlen(got) <= 12); /* only what its neighbours have a part in is left */
        assert_non_null(strstr(got, "***"));
        free(got);
    }
    plumb_buf_clear(&out);
    plumb_mask_free(mask);
}

static void mask_finds_base64url(void **state)
{
    struct plumb_mask *mask = mask_of("\xfb\xff\xfe\xfb\xff\xfe\xfb\xff\xfe\xfb\xff\xfe");
    (void)state;
    assert_masked(mask, "-__--__--__--__-", "***");
    assert_masked(mask, "+//++//++//++//+", "***");
    plumb_mask_free(mask);
}

static void mask_takes_short_secrets_whole_and_shorter_ones_not(void **state)
{
    struct plumb_mask *mask = mask_of("hunter22");
    (void)state;
    assert_true(plumb_mask_add(mask, plumb_slice_of("sesame"), STARS));
    assert_masked(mask, "hunter22 hunter2 sesame", "*** hunter2 sesame");
    plumb_mask_free(mask);
}

static void mask_shows_what_it_was_told(void **state)
{
    struct plumb_mask *mask = plumb_mask_new();
    (void)state;
    plumb_mask_add(mask, plumb_slice_of("AKIDEXAMPLEEXAMPLE01"), plumb_slice_of("AKID...LE01"));
    plumb_mask_add(mask, plumb_slice_of("AKIDEXAMPLEEXAMPLE01"), STARS); /* known already */
    assert_masked(mask, "Credential=AKIDEXAMPLEEXAMPLE01/", "Credential=AKID...LE01/");
    plumb_mask_free(mask);
}

static void mask_forgets_the_oldest_of_very_many(void **state)
{
    struct plumb_mask *mask = mask_of("the very first one");
    char name[40];
    (void)state;
    for (int i = 0; i < 64; i++) {
        (void)snprintf(name, sizeof name, "secret number %06d", i);
        assert_true(plumb_mask_add(mask, plumb_slice_of(name), STARS));
    }
    assert_masked(mask, "secret number 000063", "***");
    assert_masked(mask, "the very first one", "the very first one");
    plumb_mask_free(mask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mask_leaves_other_text_alone),
        cmocka_unit_test(mask_finds_the_secret_wherever_it_is),
        cmocka_unit_test(mask_finds_pieces_of_sixteen_bytes),
        cmocka_unit_test(mask_finds_encoded_secrets),
        cmocka_unit_test(mask_finds_base64url),
        cmocka_unit_test(mask_takes_short_secrets_whole_and_shorter_ones_not),
        cmocka_unit_test(mask_shows_what_it_was_told),
        cmocka_unit_test(mask_forgets_the_oldest_of_very_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
