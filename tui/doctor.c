/* Prints what the doctor finds. Where standard output is a terminal, lines are broken to its width; else each
 * finding is one line, and what follows from it another. See doctor.h. */
#include "tui/doctor.h"
#include "tui/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INDENT 28

static int columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col < INDENT + 20 ? INDENT + 20 : size.ws_col;
}

/* Lead on the first line, blanks on the others. */
static void print_wrapped(const char *lead, const char *text)
{
	char *clean = text_neutralise(text, strlen(text), TEXT_ONE_LINE, false);
	int width = columns() ? columns() - INDENT - 1 : INT32_MAX;
	size_t len = strlen(clean), next;

	for (const char *p = clean; *lead || len;) {
		size_t n = text_wrap(p, len, width, &next);

		output_line("%-*s%.*s", INDENT, lead, (int)n, p);
		p += next;
		len -= next;
		lead = "";
	}
	free(clean);
}

static void print_line(const struct doctor_line *line)
{
	char lead[80];
	char *follows;

	snprintf(lead, sizeof lead, "%-8s  %-16s", probe_verdict_name(line->verdict), line->name);
	print_wrapped(lead, line->seen);
	if (!line->follows)
		return;
	follows = xasprintf("-> %s", line->follows);
	print_wrapped("", follows);
	free(follows);
}

static void print_json(const struct doctor_line *line)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "check", line->name);
	cJSON_AddStringToObject(json, "verdict", probe_verdict_name(line->verdict));
	cJSON_AddStringToObject(json, "seen", line->seen);
	json_add_string(json, "follows", line->follows);
	cJSON_AddBoolToObject(json, "failed", line->status != STATUS_OK);
	output_json(json);
}

void doctor_flush(struct doctor *doctor)
{
	struct buffer text;

	if (!doctor->why)
		return;
	buffer_init(&text, BUFFER_MAX_TEXT);
	buffer_appendf(&text, "%s: %s", buffer_text(&doctor->skipped), doctor->why);
	print_wrapped("skipped", buffer_text(&text));
	buffer_done(&text);
	buffer_reset(&doctor->skipped);
	free(doctor->why);
	doctor->why = NULL;
}

static void gather(struct doctor *doctor, const struct doctor_line *line)
{
	if (doctor->why && strcmp(doctor->why, line->seen) != 0)
		doctor_flush(doctor);
	if (!doctor->why)
		doctor->why = xstrdup(line->seen);
	buffer_appendf(&doctor->skipped, "%s%s", doctor->skipped.len ? ", " : "", line->name);
}

void doctor_tell(struct doctor *doctor, const struct doctor_line *line)
{
	output_progress(NULL);
	doctor->failed += line->status != STATUS_OK;
	if (line->status > doctor->worst)
		doctor->worst = line->status;
	if (doctor->program->json) {
		print_json(line);
	} else if (line->verdict == PROBE_SKIPPED && !line->follows) {
		gather(doctor, line);
	} else {
		doctor_flush(doctor);
		print_line(line);
	}
}

void doctor_done(struct doctor *doctor)
{
	doctor_flush(doctor);
	buffer_done(&doctor->skipped);
	free(doctor->workflow);
}
