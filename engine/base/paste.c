#include "plumb/paste.h"

static const char end_mark[] = PLUMB_PASTE_END;

enum { END_SIZE = sizeof end_mark - 1 };

void plumb_paste_init(struct plumb_paste *paste, size_t max)
{
    *paste = (struct plumb_paste){ 0 };
    plumb_buf_init(&paste->text, max);
}

static void keep(struct plumb_paste *paste, char c)
{
    bool second_half = paste->after_return && c == '\n';
    paste->after_return = c == '\r';
    if (!second_half)
        (void)plumb_buf_add_char(&paste->text, c == '\r' ? '\n' : c);
}

bool plumb_paste_add(struct plumb_paste *paste, char c)
{
    if (c == end_mark[paste->matched]) {
        paste->matched++;
        paste->ended = paste->matched == END_SIZE;
        return paste->ended;
    }
    /* The mark holds its first byte only there, so what was taken for it begins nothing else. */
    for (size_t i = 0; i < paste->matched; i++)
        keep(paste, end_mark[i]);
    paste->matched = c == end_mark[0];
    if (!paste->matched)
        keep(paste, c);
    return false;
}

bool plumb_paste_is_cut(const struct plumb_paste *paste)
{
    return paste->text.failed;
}

void plumb_paste_clear(struct plumb_paste *paste)
{
    plumb_buf_clear(&paste->text);
}
