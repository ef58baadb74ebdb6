/* See tls_peer.h. */
#include "tests/executor/tls_peer.h"
#include "executor/alloc.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int shell(const char *words, const char *argument)
{
	char *command = xasprintf("%s %s", words, argument);
	int status = system(command);

	free(command);
	return status;
}

bool certificates_make(struct certificates *certificates)
{
	if (shell("openssl version", ">/dev/null 2>&1"))
		return false;
	snprintf(certificates->dir, sizeof certificates->dir, "/tmp/testpanel-tls-XXXXXX");
	cr_assert(mkdtemp(certificates->dir));
	cr_assert_eq(shell("sh tests/executor/certificates.sh", certificates->dir), 0,
		"openssl made no certificates; run from the project's top folder");
	return true;
}

void certificates_remove(struct certificates *certificates)
{
	shell("rm -rf", certificates->dir);
}

static void run_server(const char *command, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out, 1);
	dup2(open("/dev/null", O_WRONLY), 2);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

void tls_peer_start(
	struct tls_peer *peer, const struct certificates *certificates, const char *name, const char *options)
{
	const char *dir = certificates->dir;
	char *command =
		xasprintf("exec openssl s_server -accept 127.0.0.1:0 -www -cert %s/%s.pem -key %s/%s.key "
			  "-CAfile %s/ca.pem %s",
			dir, name, dir, name, dir, options);
	char line[256];
	FILE *out;
	int pipes[2];

	cr_assert_eq(pipe(pipes), 0);
	peer->port = 0;
	peer->pid = fork();
	cr_assert_geq(peer->pid, 0);
	if (!peer->pid)
		run_server(command, pipes[1]);
	close(pipes[1]);
	out = fdopen(pipes[0], "r");
	while (!peer->port && fgets(line, sizeof line, out))
		(void)!sscanf(line, "ACCEPT 127.0.0.1:%u", &peer->port);
	cr_assert(peer->port, "s_server did not start: %s", command);
	fclose(out);
	free(command);
}

void tls_peer_stop(struct tls_peer *peer)
{
	kill(peer->pid, SIGKILL);
	waitpid(peer->pid, NULL, 0);
}
