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

static void run_server(const char *command, int in, int out)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, 0);
	dup2(out, 1);
	dup2(open("/dev/null", O_WRONLY), 2);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* s_server ends when its standard input does. */
static void start(struct tls_peer *peer, char *command)
{
	char line[256];
	int in[2], out[2];

	cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	peer->port = 0;
	peer->pid = fork();
	cr_assert_geq(peer->pid, 0);
	if (!peer->pid)
		run_server(command, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	peer->silence = in[1];
	peer->said = fdopen(out[0], "r");
	while (!peer->port && fgets(line, sizeof line, peer->said))
		(void)!sscanf(line, "ACCEPT 127.0.0.1:%u", &peer->port);
	cr_assert(peer->port, "s_server did not start: %s", command);
	free(command);
}

#define COMMAND                                                                                              \
	"exec openssl s_server -accept 127.0.0.1:0 %s -cert %s/%s.pem -key %s/%s.key -CAfile %s/ca.pem %s"

void tls_peer_start(
	struct tls_peer *peer, const struct certificates *certificates, const char *name, const char *options)
{
	const char *dir = certificates->dir;

	start(peer, xasprintf(COMMAND, "-www", dir, name, dir, name, dir, options));
}

void tls_peer_listen(
	struct tls_peer *peer, const struct certificates *certificates, const char *name, const char *options)
{
	const char *dir = certificates->dir;

	start(peer, xasprintf(COMMAND, "", dir, name, dir, name, dir, options));
}

size_t tls_peer_stop(struct tls_peer *peer)
{
	char line[4096];
	size_t count = 0;

	kill(peer->pid, SIGKILL);
	waitpid(peer->pid, NULL, 0);
	while (fgets(line, sizeof line, peer->said))
		count += strstr(line, " HTTP/1.1\r\n") != NULL;
	fclose(peer->said);
	close(peer->silence);
	return count;
}
