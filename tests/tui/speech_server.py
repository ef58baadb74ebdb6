"""A speech service for tests/tui/speech.sh: OpenAI's /audio/transcriptions and /audio/speech behind several first parts of
a path, each with a way of its own. What it was asked goes to a file, one JSON object a line, read by parsers that are
not ours.

    speech_server.py FOLDER      writes FOLDER/port and FOLDER/asked
"""
import email.parser
import io
import json
import math
import os
import struct
import sys
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder = sys.argv[1]
RATE = 24000


def fields_of(content_type, body):
    """A form as Python's parser of mail reads it; of a WAV its format instead of its bytes."""
    message = email.parser.BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields = {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if part.get_filename():
            with wave.open(io.BytesIO(value)) as sound:
                samples = struct.unpack(f"<{sound.getnframes()}h", sound.readframes(sound.getnframes()))
                value = {"file": part.get_filename(), "type": part.get_content_type(), "rate": sound.getframerate(),
                         "channels": sound.getnchannels(), "bits": 8 * sound.getsampwidth(),
                         "ms": len(samples) * 1000 // sound.getframerate(), "peak": max(samples, default=0)}
        else:
            value = value.decode()
        fields[name] = value
    return fields


def tone(seconds):
    return b"".join(struct.pack("<h", int(16384 * math.sin(2 * math.pi * 440 * i / RATE)))
                    for i in range(int(RATE * seconds)))


def wav(samples):
    head = b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    return head + b"data\xff\xff\xff\xff" + samples


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json"):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("X-Request-Id", "req-1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_in_pieces(self, body, kind):
        """Chunks of an odd length."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(body), 4097):
            piece = body[at:at + 4097]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def transcribe(self, way, asked):
        if way == "json" and asked["response_format"] != "json":
            self.answer(400, {"error": {"message": "verbose_json is not compatible with this model"}})
        elif way == "silent":
            self.answer(200, {"text": " Thank you.", "segments": [
                {"text": " Thank you.", "start": 0, "end": 1, "avg_logprob": -1.3, "no_speech_prob": 0.9}]})
        elif way == "loud":
            self.answer(500, {"error": "no decoder for " + str(self.headers.get("Authorization"))})
        else:
            self.answer(200, {"text": " heard from afar \u00e9t\u00e9\x1b[31m", "segments": [
                {"text": " heard", "start": 0, "end": 1, "avg_logprob": -0.25, "no_speech_prob": 0.1}]})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        _, way, _, what = self.path.split("/", 3)
        kind = self.headers["Content-Type"]
        asked = fields_of(kind, body) if kind.startswith("multipart/") else json.loads(body)
        with open(os.path.join(folder, "asked"), "a", encoding="utf-8") as file:
            file.write(json.dumps({"path": self.path, "key": self.headers.get("Authorization"), **asked}) + "\n")
        if way == "down":
            self.answer(503, b"<html><h1>Service Unavailable</h1></html>", "text/html")
        elif what == "transcriptions":
            self.transcribe(way, asked)
        elif way == "wav":
            self.answer_in_pieces(wav(tone(1)), "audio/wav")
        elif way == "loud":
            self.answer(400, {"error": {"message": "no such voice"}})
        else:
            self.answer_in_pieces(tone(1), "audio/pcm")


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
with open(os.path.join(folder, "port.new"), "w", encoding="ascii") as port:
    port.write(str(server.server_port))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
