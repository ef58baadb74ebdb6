"""httpbin on any free port of this machine; prints its URL. Debian's python3-httpbin, and werkzeug under it."""
from httpbin import app
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    def log(self, *_):
        pass


server = make_server('127.0.0.1', 0, app, threaded=True, request_handler=Quiet)
print(f'http://127.0.0.1:{server.server_port}', flush=True)
server.serve_forever()
