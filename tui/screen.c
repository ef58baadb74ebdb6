/* Curses set up and taken down. The one piece of process-wide state is what the crash handlers need: a signal
 * handler is given no context, so the bytes that restore the terminal lie ready in a static from before the
 * first drawing. */
#include "tui/screen.h"
#include "executor/alloc.h"

#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#define STDERR_SHOWN 65536    /* bytes of kept standard error, its end */
#define STDERR_KEPT (1 << 20) /* bytes of it that were taken and are still held */
#define CRASH_STACK 32768

static const int crash_signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
#define CRASH_SIGNALS (sizeof crash_signals / sizeof crash_signals[0])

struct screen {
	SCREEN *curses;
	WINDOW *keys;
	struct theme theme;
	const char *paste_on, *paste_off; /* terminfo's, NULL when it has none */
	int height, width;
	void *stack; /* for the crash handlers */
	stack_t old_stack;
};

static struct {
	volatile sig_atomic_t active;
	char restore[256];
	size_t restore_len;
	struct termios termios;
	off_t taken; /* bytes of the kept file */
	int kept,
		saved; /* the file that stands in for standard error, and the real one; -1: not redirected */
	struct sigaction old[CRASH_SIGNALS];
} terminal = {.kept = -1, .saved = -1};

/* Copies the end of the kept standard error, from begin on, to the real one. Async-signal-safe. */
static void show_kept(int from, off_t begin, int to)
{
	char chunk[512];
	off_t end = lseek(from, 0, SEEK_END);
	ssize_t n;

	lseek(from, end - begin > STDERR_SHOWN ? end - STDERR_SHOWN : begin, SEEK_SET);
	while ((n = read(from, chunk, sizeof chunk)) > 0) {
		if (write(to, chunk, (size_t)n) < 0)
			break;
	}
}

/* Async-signal-safe all through: endwin() is not. */
static void terminal_restore(void)
{
	if (!terminal.active)
		return;
	terminal.active = 0;
	if (write(STDOUT_FILENO, terminal.restore, terminal.restore_len) < 0) {
		/* nothing left to try */
	}
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.termios);
	if (terminal.saved >= 0) {
		dup2(terminal.saved, STDERR_FILENO);
		show_kept(terminal.kept, 0, STDERR_FILENO);
	}
}

static void on_crash(int number)
{
	terminal_restore();
	for (size_t i = 0; i < CRASH_SIGNALS; i++) {
		if (crash_signals[i] == number)
			sigaction(number, &terminal.old[i], NULL);
	}
	/* It is blocked in here: it comes when this returns, to whoever had it before. */
	raise(number);
}

static void crash_guard(struct screen *s)
{
	struct sigaction action = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_size = CRASH_STACK};

	s->stack = stack.ss_sp = xmalloc(CRASH_STACK);
	sigaltstack(&stack, &s->old_stack);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CRASH_SIGNALS; i++)
		sigaction(crash_signals[i], &action, &terminal.old[i]);
}

static void crash_unguard(struct screen *s)
{
	for (size_t i = 0; i < CRASH_SIGNALS; i++)
		sigaction(crash_signals[i], &terminal.old[i], NULL);
	sigaltstack(&s->old_stack, NULL);
	free(s->stack);
}

static void restore_add(const char *sequence)
{
	size_t n = sequence && sequence != (char *)-1 ? strlen(sequence) : 0;

	/* A delay ("$<5>") is for tputs; none of these has one on a terminal made since. */
	if (!n || strstr(sequence, "$<") || terminal.restore_len + n >= sizeof terminal.restore)
		return;
	memcpy(terminal.restore + terminal.restore_len, sequence, n);
	terminal.restore_len += n;
}

static void restore_prepare(const struct screen *s)
{
	terminal.restore_len = 0;
	restore_add(s->paste_off);
	restore_add(exit_attribute_mode);
	restore_add(orig_pair);
	restore_add(cursor_normal);
	restore_add(exit_ca_mode);
	restore_add(keypad_local);
	restore_add("\r\n");
}

static const char *capability(const char *name)
{
	const char *s = tigetstr(name);

	return s && s != (char *)-1 ? s : NULL;
}

static void put_sequence(const char *sequence)
{
	if (sequence) {
		fputs(sequence, stdout);
		fflush(stdout);
	}
}

/* A log line or an assertion of a library would tear the screen. A file that the user redirected to stays. */
static void stderr_keep(void)
{
	if (!isatty(STDERR_FILENO))
		return;
	terminal.kept = memfd_create("testpanel-stderr", MFD_CLOEXEC);
	if (terminal.kept < 0)
		return;
	/* What was taken can be cut off while others write. */
	fcntl(terminal.kept, F_SETFL, O_APPEND);
	terminal.taken = 0;
	terminal.saved = dup(STDERR_FILENO);
	dup2(terminal.kept, STDERR_FILENO);
}

static void stderr_give_back(void)
{
	if (terminal.saved < 0)
		return;
	fflush(stderr);
	dup2(terminal.saved, STDERR_FILENO);
	show_kept(terminal.kept, terminal.taken, STDERR_FILENO);
	close(terminal.saved);
	close(terminal.kept);
	terminal.saved = terminal.kept = -1;
}

/* Only characters: a numeric locale would put commas into JSON. With nothing set at all, UTF-8 is the better
 * guess. */
static bool locale_is_utf8(void)
{
	const char *term = getenv("TERM");

	if (!getenv("LC_ALL") && !getenv("LC_CTYPE") && !getenv("LANG"))
		setlocale(LC_CTYPE, "C.UTF-8");
	else if (!setlocale(LC_CTYPE, ""))
		setlocale(LC_CTYPE, "C.UTF-8");
	/* The kernel's console speaks UTF-8 but its font has no eighths of a block. */
	return !strcmp(nl_langinfo(CODESET), "UTF-8") && !(term && !strcmp(term, "linux"));
}

static char *terminal_fault(void)
{
	const char *term = getenv("TERM");
	int status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return xstrdup("the console needs a terminal on standard input and output; "
			       "without one use `testpanel run`");
	if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
		return xasprintf("unknown terminal type \"%s\": set TERM to yours, e.g. TERM=xterm-256color",
			term ? term : "");
	status = cursor_address && clear_screen;
	del_curterm(cur_term); /* newterm makes its own */
	if (!status)
		return xasprintf("a terminal of type \"%s\" cannot move its cursor: set TERM to yours, "
				 "or use `testpanel run`",
			term ? term : "");
	return NULL;
}

static void curses_modes(struct screen *s)
{
	raw();
	noecho();
	nonl();
	set_escdelay(25);
	curs_set(1);
	s->keys = newpad(1, 1);
	keypad(s->keys, TRUE);
	nodelay(s->keys, TRUE);
	meta(s->keys, TRUE);
}

struct screen *screen_open(char **error)
{
	const char *no_color;
	struct screen *s;
	bool unicode;

	*error = terminal_fault();
	if (*error)
		return NULL;
	unicode = locale_is_utf8();
	s = xcalloc(1, sizeof *s);
	tcgetattr(STDIN_FILENO, &terminal.termios);
	s->curses = newterm(NULL, stdout, stdin);
	if (!s->curses) {
		*error = xstrdup("the terminal could not be set up");
		free(s);
		return NULL;
	}
	s->paste_on = capability("BE");
	s->paste_off = capability("BD");
	restore_prepare(s);
	terminal.active = 1;
	atexit(terminal_restore); /* nothing here calls exit(), but a library may */
	crash_guard(s);
	stderr_keep();
	curses_modes(s);
	no_color = getenv("NO_COLOR");
	theme_init(&s->theme, unicode, !(no_color && *no_color));
	put_sequence(s->paste_on);
	getmaxyx(stdscr, s->height, s->width);
	return s;
}

void screen_close(struct screen *s)
{
	put_sequence(s->paste_off);
	terminal.active = 0;
	delwin(s->keys);
	endwin();
	delscreen(s->curses);
	crash_unguard(s);
	stderr_give_back();
	free(s);
}

char *screen_take_stderr(struct screen *s)
{
	struct stat info;
	char *text;
	ssize_t n;

	(void)s;
	if (terminal.kept < 0 || fstat(terminal.kept, &info) < 0 || info.st_size <= terminal.taken)
		return NULL;
	text = xmalloc((size_t)(info.st_size - terminal.taken) + 1);
	n = pread(terminal.kept, text, (size_t)(info.st_size - terminal.taken), terminal.taken);
	text[n > 0 ? n : 0] = '\0';
	terminal.taken = info.st_size;
	if (terminal.taken > STDERR_KEPT && ftruncate(terminal.kept, 0) == 0)
		terminal.taken = 0;
	return text;
}

const struct theme *screen_theme(const struct screen *s)
{
	return &s->theme;
}

WINDOW *screen_keys(const struct screen *s)
{
	return s->keys;
}

bool screen_resize(struct screen *s)
{
	struct winsize size;
	int height, width;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
		return false;
	height = size.ws_row;
	width = size.ws_col;
	if (height == s->height && width == s->width)
		return false;
	s->height = height;
	s->width = width;
	resizeterm(height, width);
	clearok(curscr, TRUE);
	return true;
}

void screen_leave(struct screen *s)
{
	put_sequence(s->paste_off);
	endwin();
	terminal.active = 0;
}

void screen_enter(struct screen *s)
{
	terminal.active = 1;
	reset_prog_mode();
	put_sequence(s->paste_on);
	clearok(curscr, TRUE);
	screen_resize(s);
}
