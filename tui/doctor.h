/* What the doctor has found: one line for each thing it looked at; and what it looks at on this machine. */
#ifndef TUI_DOCTOR_H
#define TUI_DOCTOR_H

#include "tui/program.h"

struct doctor {
	struct program *program;
	int worst;      /* exit status of what was found so far */
	size_t failed;  /* lines that keep testpanel from working */
	char *workflow; /* path of the one that was checked; NULL: there is none that can be used */
	/* Lines that were skipped for one reason are told together. */
	struct buffer skipped; /* their names; initialized by whoever owns the struct */
	char *why;
};

struct doctor_line {
	const char *name;
	enum probe_verdict verdict;
	const char *seen;
	const char *follows; /* NULL: nothing */
	int status;          /* STATUS_OK where testpanel can work all the same */
};

void doctor_tell(struct doctor *doctor, const struct doctor_line *line);
/* Tells of what is still to be told together. */
void doctor_flush(struct doctor *doctor);
void doctor_done(struct doctor *doctor);

/* Configuration, environment, folders, the workflow at path (NULL: the bundled one), the terminal. */
void doctor_check_machine(struct doctor *doctor, const char *path);
/* The embedded model, once the program is open. */
void doctor_check_embedded(struct doctor *doctor);
/* Who hears and who speaks; as that. */
void doctor_check_speech(struct doctor *doctor);

#endif
