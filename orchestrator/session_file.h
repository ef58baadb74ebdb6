/* Session files: every turn of a session with its events, spans and log records, one JSON value a line (JSON
 * Lines), written as it happens, so that whatever kills the program costs at most the turn in flight.
 *
 * The first line is {"session": 1, "id", "started", "testpanel", "orchestrator", "model", "workflow"}. Each
 * further one is an event, "ms" after its turn began:
 *   {"event": "started", "turn", "ms", "time", "traceId", "utterance", "heard"?, "edited"?}
 *   {"event": "span", "turn", "ms", "change": "started" or "ended", "span": span_to_json}
 *   {"event": "record", "turn", "ms", "record": log_record_to_json}
 *   {"event": "agent", "turn", "ms", "node"}   {"event": "edge", "turn", "ms", "source", "target"}
 *   {"event": "part", "turn", "ms", "text"}    {"event": "reply", "turn", "ms", "text"}
 *   {"event": "voice", "turn", "ms", "state", "text"?}; between turns with "time" for "turn" and "ms"
 *   {"event": "ended", "turn", "ms", "result": turn_to_json, "saved": session_save}
 * and, where the session is gone on with, {"event": "resumed", "time", "testpanel", "orchestrator", "model",
 * "workflow"}. Members and events that are not known are read over. */
#ifndef ORCHESTRATOR_SESSION_FILE_H
#define ORCHESTRATOR_SESSION_FILE_H

#include "orchestrator/session.h"

#define SESSION_FILE_VERSION 1
#define SESSION_FILE_MAX_LINE ((size_t)64 << 20) /* bytes; a longer one is no session's */

struct session_file;

/* Opens a session's file for writing, made with mode 0600 where there is none; nobody else may write to it
 * meanwhile. A torn last line is cut off. *saved is what session_resume takes, NULL where no turn has ended
 * yet; the caller deletes it. NULL with *error (caller frees) naming file and cure. */
struct session_file *session_file_open(const char *path, cJSON **saved, char **error);
/* Writes the session's beginning, or that it is gone on with; its events follow by themselves until
 * session_file_close. */
void session_file_begin(struct session_file *file, struct session *session);
void session_file_event(struct session_file *file, const struct turn_event *event);
/* Lines that could not be written: a full disk ends nothing but the file. */
size_t session_file_write_errors(const struct session_file *file);
/* The session is written no further; between turns. Another may go on in the file then, from what
 * session_save gives. session_free does it by itself. */
void session_file_end(struct session_file *file);
/* After the session's last turn. NULL is allowed. */
void session_file_close(struct session_file *file);

/* Reading, a line at a time. */
struct session_reader;

struct session_reader *session_reader_open(const char *path, char **error);
/* The next line's value, which the caller deletes; NULL at the end (a torn last line is the end), or with
 * *error (caller frees) naming file, line and what is wrong. The first is the file's first line. */
cJSON *session_reader_next(struct session_reader *reader, char **error);
/* The next line that is this event, in the same way; the lines between are not looked into. */
cJSON *session_reader_find(struct session_reader *reader, const char *event, char **error);
/* Bytes up to the end of the last whole line that was read. */
size_t session_reader_offset(const struct session_reader *reader);
void session_reader_close(struct session_reader *reader);

#endif
