/* What a department's answer begins with when it is none: a question, and for whom. */
#ifndef ORCHESTRATOR_MARKER_H
#define ORCHESTRATOR_MARKER_H

enum marker {
	MARKER_NONE,
	MARKER_CLARIFY,  /* "CLARIFY: …": to the agent that asked */
	MARKER_ASK_USER, /* "ASK_USER: …": to the caller */
};

/* Models write it in any case, behind blanks and in Markdown. *question is what follows, without the blanks
 * around it ("" for nothing); the caller frees it. Left alone with MARKER_NONE. text may be NULL. */
enum marker marker_read(const char *text, char **question);

#endif
