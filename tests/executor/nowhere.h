/* Ports of this machine that stay taken while nobody serves them. */
#ifndef TESTS_EXECUTOR_NOWHERE_H
#define TESTS_EXECUTOR_NOWHERE_H

#define NOWHERE_FILLERS 8

struct nowhere {
	unsigned refusing, absent; /* the ports: connections are refused, or wait for ever */
	int sockets[2], fillers[NOWHERE_FILLERS];
};

void nowhere_init(struct nowhere *nowhere);
void nowhere_done(struct nowhere *nowhere);

#endif
