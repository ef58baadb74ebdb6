/* Sends an answer, or spoils it in one of the ways networks do. Truncation and trickle are bodies produced by
 * a callback; close, reset and garbage act on the socket and let libmicrohttpd close what is left. */
#include "executor/mock_reply.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* A body that is given out piece by piece. */
struct stream {
	char *text;
	size_t len, stop; /* stop: how much of it is really sent */
	double trickle_ms;
	struct mock_pace pace;
};

static void stream_free(void *ctx)
{
	struct stream *stream = ctx;

	free(stream->text);
	free(stream);
}

static ssize_t stream_read(void *ctx, uint64_t pos, char *out, size_t max)
{
	struct stream *stream = ctx;
	size_t left;

	if (pos >= stream->stop)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	left = stream->stop - (size_t)pos;
	if (stream->trickle_ms >= 0) {
		if (pos > 0 && stream->trickle_ms > 0 && !stream->pace.due(stream->pace.ctx)) {
			stream->pace.wait(stream->pace.ctx, stream->trickle_ms);
			return 0;
		}
		left = 1;
	}
	if (left > max)
		left = max;
	memcpy(out, stream->text + pos, left);
	return (ssize_t)left;
}

static int connection_fd(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

/* Disconnecting a TCP socket sends a reset at once; closing it later with SO_LINGER 0 would come after the
 * end of stream that libmicrohttpd sends first. */
static enum MHD_Result send_reset(struct MHD_Connection *connection)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	(void)connect(connection_fd(connection), &none, sizeof(none));
	return MHD_NO;
}

static enum MHD_Result send_garbage(struct MHD_Connection *connection)
{
	static const char bytes[] =
		"\x16\x03\x01 ~~ this is not HTTP \xff\xfe\x80 ~~ \x01\x02\x7f\r\n\r\n{\"half\": ";

	/* What does not fit the socket's buffer is not missed. */
	(void)!send(connection_fd(connection), bytes, sizeof(bytes) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	return MHD_NO;
}

/* The reply's text as memory of the receiver's own. */
static char *take_text(struct mock_reply *reply)
{
	char *text = reply->owned ? reply->owned : xstrndup(reply->text ? reply->text : "", reply->len);

	reply->owned = NULL;
	reply->text = NULL;
	return text;
}

static struct MHD_Response *stream_response(struct mock_reply *reply, const struct mock_pace *pace)
{
	bool trickle = reply->fault == MOCK_FAULT_TRICKLE;
	struct stream *stream = xcalloc(1, sizeof(*stream));
	size_t promised = reply->len;

	*stream = (struct stream){
		.len = reply->len, .stop = reply->len, .trickle_ms = reply->trickle_ms, .pace = *pace};
	stream->text = take_text(reply);
	if (!trickle) {
		stream->trickle_ms = -1;
		stream->stop = reply->len / 2;
		promised += reply->len ? 0 : 16; /* even an empty body can be cut short */
	}
	return MHD_create_response_from_callback(
		promised, trickle ? 1 : 4096, stream_read, stream, stream_free);
}

static struct MHD_Response *make_response(struct mock_reply *reply, const struct mock_pace *pace)
{
	if (reply->fault == MOCK_FAULT_TRUNCATE || (reply->fault == MOCK_FAULT_TRICKLE && reply->len > 0))
		return stream_response(reply, pace);
	if (reply->owned)
		return MHD_create_response_from_buffer(reply->len, take_text(reply), MHD_RESPMEM_MUST_FREE);
	/* Text of the definition stays longer than any answer made from it. */
	return MHD_create_response_from_buffer(
		reply->len, (void *)(uintptr_t)reply->text, MHD_RESPMEM_PERSISTENT);
}

static void add_headers(struct MHD_Response *response, const struct mock_reply *reply)
{
	bool typed = false;
	const cJSON *header;

	cJSON_ArrayForEach(header, reply->headers)
	{
		typed = typed || strcasecmp(header->string, "Content-Type") == 0;
		/* Refused for an empty value: such a header says nothing and is left out. */
		(void)!MHD_add_response_header(response, header->string, header->valuestring);
	}
	if (reply->content_type && !typed)
		MHD_add_response_header(response, "Content-Type", reply->content_type);
	if (reply->allow)
		MHD_add_response_header(response, "Allow", reply->allow);
}

enum MHD_Result mock_fault_send(
	struct MHD_Connection *connection, struct mock_reply *reply, const struct mock_pace *pace)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (reply->fault == MOCK_FAULT_CLOSE || reply->fault == MOCK_FAULT_TIMEOUT)
		return MHD_NO;
	if (reply->fault == MOCK_FAULT_RESET)
		return send_reset(connection);
	if (reply->fault == MOCK_FAULT_GARBAGE)
		return send_garbage(connection);
	response = make_response(reply, pace);
	if (!response)
		return MHD_NO;
	add_headers(response, reply);
	result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}
