/* Reading whole files, and every way in which that does not work. */
#include "executor/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/testpanel-file-XXXXXX";
static char path[64];

static void set_up(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/f", folder);
}

static void tear_down(void)
{
	unlink(path);
	rmdir(folder);
}

static void write_bytes(const char *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

Test(file, reads_what_is_there, .init = set_up, .fini = tear_down)
{
	static const size_t sizes[] = {0, 1, 100, 65535, 65536, 65537, 300000};

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		char *bytes = malloc(sizes[i] + 1), *text, *error = NULL;
		size_t len;

		memset(bytes, 'a' + (int)i, sizes[i]);
		write_bytes(bytes, sizes[i]);
		text = file_read(path, sizes[i], &len, &error);
		cr_assert_not_null(text, "%zu: %s", sizes[i], error);
		cr_expect_null(error);
		cr_expect_eq(len, sizes[i]);
		cr_expect(!memcmp(text, bytes, len) && !text[len], "%zu", sizes[i]);
		free(text);
		if (sizes[i]) {
			cr_expect_null(
				file_read(path, sizes[i] - 1, &len, &error), "%zu: one over", sizes[i]);
			cr_expect(error && strstr(error, "too large"), "%zu: %s", sizes[i], error);
			free(error);
		}
		free(bytes);
	}
}

static void expect_error(const char *name, const char *comment, const char *part)
{
	char *error = NULL, *text;
	size_t len = 1;

	text = file_read(name, 1000, &len, &error);
	cr_expect_null(text, "%s", comment);
	cr_assert_not_null(error, "%s", comment);
	cr_expect(!strncmp(error, name, strlen(name)) && strstr(error, part), "%s: %s", comment, error);
	cr_expect_eq(len, 0, "%s", comment);
	free(error);
}

Test(file, names_what_is_wrong, .init = set_up, .fini = tear_down)
{
	char below[80];

	expect_error(path, "missing", "no such file");
	expect_error(folder, "a directory", "is a directory");
	expect_error("/dev/null", "a device", "not a regular file");
	expect_error("", "no name", "no such file");
	cr_assert_eq(mkfifo(path, 0600), 0);
	expect_error(path, "a named pipe does not hang", "not a regular file");
	unlink(path);
	write_bytes("ab\0c", 4);
	expect_error(path, "binary", "binary file (NUL at byte 3)");
	snprintf(below, sizeof below, "%s/x", path);
	expect_error(below, "below a file", "no directory");
	if (getuid()) {
		chmod(path, 0);
		expect_error(path, "forbidden", "permission denied");
	}
}

Test(file, standard_input_may_be_a_pipe)
{
	char *text, *error = NULL;
	int ends[2];
	size_t len;

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "{}\n", 3), 3);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	text = file_read("-", 3, &len, &error);
	cr_assert_not_null(text, "%s", error);
	cr_expect_str_eq(text, "{}\n");
	cr_expect_eq(len, 3);
	free(text);
}

Test(file, appends_privately, .init = set_up, .fini = tear_down)
{
	char *text, *error = NULL;
	struct stat st;
	size_t len;

	umask(0);
	for (int i = 0; i < 2; i++) {
		FILE *file = file_open_append(path);

		cr_assert_not_null(file);
		cr_expect_neq(fcntl(fileno(file), F_GETFD) & FD_CLOEXEC, 0);
		fputs("x", file);
		fclose(file);
	}
	cr_expect_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	text = file_read(path, 10, &len, &error);
	cr_expect_str_eq(text, "xx");
	free(text);
	cr_expect_null(file_open_append(folder));
}
