/* An object of settings while it is read. Reading is checking: there is no second list of members that could
 * differ. What is wrong is told to faults and stays as it was. */
#ifndef ORCHESTRATOR_DRAFT_H
#define ORCHESTRATOR_DRAFT_H

#include "executor/executor.h"

struct draft {
	const cJSON *object; /* NULL: empty */
	const char *pointer;
	struct faults *faults; /* may be NULL */
};

void draft_fault(const struct draft *draft, const char *member, const char *message);
/* NULL where it is absent or null. */
const cJSON *draft_get(const struct draft *draft, const char *member);
/* False where there is none, or none that counts. */
bool draft_number(
	const struct draft *draft, const char *member, double low, double high, bool whole, double *to);
void draft_flag(const struct draft *draft, const char *member, bool *to);
/* *to becomes the JSON's. */
void draft_text(const struct draft *draft, const char *member, const char **to);
/* The same for an http URL up to what stands before a path; it may hold ${NAME}. */
void draft_url(const struct draft *draft, const char *member, const char **to);
/* As every other retry is written. */
void draft_retry(const struct draft *draft, struct retry_policy *retry);
/* A member that is an object itself, at pointer. Empty, and told of, where it is something else. */
void draft_open(struct draft *draft, const struct draft *holder, const char *member, const char *pointer,
	const char *example);
/* Tells of members that are none of those. */
void draft_close(const struct draft *draft, const char *const *known, size_t count);

#endif
