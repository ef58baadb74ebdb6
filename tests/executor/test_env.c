/* Variables: who wins, and how an --env file is read. */
#include "executor/alloc.h"
#include "executor/env.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct folder {
	char name[40], file[64];
};

static void folder_make(struct folder *f)
{
	strcpy(f->name, "/tmp/testpanel-env-XXXXXX");
	cr_assert_not_null(mkdtemp(f->name));
	snprintf(f->file, sizeof f->file, "%s/env", f->name);
}

static void folder_write(const struct folder *f, const char *text)
{
	FILE *file = fopen(f->file, "w");

	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static void folder_remove(const struct folder *f)
{
	unlink(f->file);
	rmdir(f->name);
}

Test(env, reads_lines)
{
	static const struct {
		const char *comment, *text, *value; /* of A */
	} rows[] = {
		{"plain", "A=1\n", "1"},
		{"no line end", "A=1", "1"},
		{"CRLF", "A=1\r\nB=2\r\n", "1"},
		{"byte order mark",
			"\xef\xbb\xbf"
			"A=1",
			"1"},
		{"empty", "A=\n", ""},
		{"export", "export A=1\n", "1"},
		{"export and tabs", "\texport\tA=1\n", "1"},
		{"a name that begins so", "exportA=2\nA=1\n", "1"},
		{"blank lines and comments", "\n# A=2\n  \t\nA=1\n#\n", "1"},
		{"comment behind", "A=1 # one", "1"},
		{"hash in the value", "A=1#2", "1#2"},
		{"hash at once", "A=#2", "#2"},
		{"only a comment", "A= # none", ""},
		{"spaces around", "A=  a b \t", "a b"},
		{"equals signs", "A=a=b==", "a=b=="},
		{"single quotes", "A='a $b \\n # c' # d", "a $b \\n # c"},
		{"double quotes", "A=\"a \\\"b\\\" \\\\ \\n \\$c \\x # d\"", "a \"b\" \\ \n $c \\x # d"},
		{"empty quotes", "A=\"\"", ""},
		{"quote inside", "A=it's", "it's"},
		{"not expanded", "B=2\nA=${B}", "${B}"},
		{"the last wins", "A=2\nA=1", "1"},
	};
	struct folder f;

	folder_make(&f);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct env *env = env_new();
		char *error = NULL;

		folder_write(&f, rows[i].text);
		cr_expect(env_load(env, f.file, &error), "%s: %s", rows[i].comment, error ? error : "");
		cr_expect_str_eq(
			env_get(env, "A") ? env_get(env, "A") : "NULL", rows[i].value, "%s", rows[i].comment);
		free(error);
		env_free(env);
	}
	folder_remove(&f);
}

Test(env, refuses_lines)
{
	static const struct {
		const char *comment, *text;
		int line;
		const char *part;
	} rows[] = {
		{"no equals sign", "B=1\nsecret-value", 2, "NAME=VALUE"},
		{"no name", "=secret-value", 1, "NAME=VALUE"},
		{"bad name", "B-C=secret-value", 1, "NAME=VALUE"},
		{"digit first", "1B=secret-value", 1, "NAME=VALUE"},
		{"space before the sign", "B =secret-value", 1, "NAME=VALUE"},
		{"open quote", "\n\nB=\"secret-value\n", 3, "quote"},
		{"backslash at the end", "B=\"secret-value\\", 1, "quote"},
		{"text behind the quote", "B='a'secret-value", 1, "closing quote"},
	};
	struct folder f;

	folder_make(&f);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct env *env = env_new();
		char *error = NULL, *text = xasprintf("A=1\n%s", rows[i].text),
		     *place = xasprintf("%s:%d: ", f.file, rows[i].line + 1);

		folder_write(&f, text);
		cr_expect(!env_load(env, f.file, &error), "%s", rows[i].comment);
		cr_assert_not_null(error, "%s", rows[i].comment);
		cr_expect(!strncmp(error, place, strlen(place)) && strstr(error, rows[i].part), "%s: %s",
			rows[i].comment, error);
		cr_expect(!strstr(error, "secret-value"), "%s: %s", rows[i].comment, error);
		cr_expect_null(env_get(env, "A"), "%s: nothing of a faulty file counts", rows[i].comment);
		free(place);
		free(text);
		free(error);
		env_free(env);
	}
	folder_remove(&f);
}

Test(env, who_wins)
{
	struct env *env = env_new();
	struct folder f;
	char *error = NULL;

	folder_make(&f);
	setenv("TESTPANEL_TEST_A", "process", 1);
	cr_expect_str_eq(env_get(env, "TESTPANEL_TEST_A"), "process");
	cr_expect_str_eq(env_get(NULL, "TESTPANEL_TEST_A"), "process");
	cr_expect_null(env_get(env, "TESTPANEL_TEST_NOBODY"));
	env_set(env, "SET_FIRST", "set");
	folder_write(&f, "TESTPANEL_TEST_A=file\nSET_FIRST=file\nB=file\n");
	cr_assert(env_load(env, f.file, &error), "%s", error);
	cr_expect_str_eq(env_get(env, "TESTPANEL_TEST_A"), "file");
	cr_expect_str_eq(env_get(env, "SET_FIRST"), "set");
	cr_expect_str_eq(env_get(env, "B"), "file");
	env_set(env, "B", "set");
	env_set(env, "B", "set again");
	cr_expect_str_eq(env_get(env, "B"), "set again");
	cr_expect_null(env_get(env, "b"), "case matters");
	folder_remove(&f);
	cr_expect(!env_load(env, f.file, &error));
	cr_expect(error && strstr(error, "no such file"), "%s", error);
	free(error);
	env_free(env);
	env_free(NULL);
}
