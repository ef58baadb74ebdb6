"""What tests/tui/secrets.sh needs: a server that gives away all it is told, a workflow with a secret in every place
through which one can enter, the commands that touch them, and a search for what came out.

secrets.py serve DIR     writes DIR/ports and DIR/arrivals (what really reached the server); ends when it is told to
secrets.py prepare DIR   writes the workflow, the --env file and DIR/secrets.json (name: value)
secrets.py run DIR       runs every command; what they wrote is DIR/out/*
secrets.py search DIR    one line for each secret: "NAME arrived|missing clean|FILE (FORM)"
"""
import base64
import concurrent.futures
import html
import http.server
import json
import os
import random
import re
import shlex
import ssl
import string
import subprocess
import sys
import threading
import urllib.parse

LETTERS = string.ascii_letters + string.digits
MODES = ['text', 'binary', 'utf16', 'fail', 'page', 'problem', 'hop', 'away', 'broken', 'challenge', 'typed', 'latin']


# --- every form in which a server might give a secret away

def alignments(raw, alphabet):
    """What base64 text holds wherever the secret stands in it: characters that the secret alone decides."""
    for lead in range(3):
        text = base64.b64encode(b'\0' * lead + raw, alphabet).decode().rstrip('=')
        yield text[-(-8 * lead // 6):8 * (lead + len(raw)) // 6]


def forms(value):
    raw = value.encode()
    quoted = urllib.parse.quote(value, safe='')
    found = {
        'raw': value,
        'percent': quoted,
        'percent, small': re.sub('%..', lambda m: m.group().lower(), quoted),
        'percent, path': urllib.parse.quote(value),
        'percent, all': ''.join(f'%{b:02X}' for b in raw),
        'plus': urllib.parse.quote_plus(value),
        'twice percent': urllib.parse.quote(quoted, safe=''),
        'JSON': json.dumps(value, ensure_ascii=False)[1:-1],
        'JSON, ASCII': json.dumps(value)[1:-1],
        'JSON, slashes': json.dumps(value)[1:-1].replace('/', '\\/'),
        'JSON in JSON': json.dumps(json.dumps(value)[1:-1])[1:-1],
        'HTML': html.escape(value),
        'hex': raw.hex(),
        'HEX': raw.hex().upper(),
    }
    for name, alphabet in (('base64', b'+/'), ('base64url', b'-_')):
        for lead, text in enumerate(alignments(raw, alphabet)):
            found[f'{name} {lead}'] = text
    return found


def searched(value):
    """The forms, and such parts as are a secret still."""
    found = forms(value) | {'small letters': value.lower()}
    lines = [line for line in value.splitlines() if len(line) >= 16 and not line.startswith('-----')]
    if '\n' in value:
        found |= {f'line {i}': line for i, line in enumerate(lines)}
    elif len(value) >= 24:
        found['first half'] = value[:len(value) // 2]
        found['last half'] = value[-(len(value) // 2):]
    return {name: text.encode() for name, text in found.items() if len(text) >= 5}


# --- the server

def dump(request, body):
    return f'{request.requestline}\n{request.headers}\n{body}'


def decoded(request):
    kind, _, text = request.headers.get('Authorization', '').partition(' ')
    return urllib.parse.unquote(base64.b64decode(text).decode('utf-8', 'replace')) if kind == 'Basic' else ''


def believed(request, body):
    """The secrets as such: what stands in credentials, cookies, parameters and members, decoded."""
    url = urllib.parse.urlsplit(request.path)
    values = [v for _, v in urllib.parse.parse_qsl(url.query)]
    values += [urllib.parse.unquote(part) for part in url.path.split('/')]
    for name, text in request.headers.items():
        text = text.encode('latin-1').decode('utf-8', 'replace')
        kind, _, rest = text.partition(' ')
        if kind == 'Basic':
            values.append(base64.b64decode(rest).decode('utf-8', 'replace'))
            values += values[-1].split(':', 1)
        if name == 'Cookie':
            values += [v.partition('=')[2] for v in text.split('; ')]
        values += [text, rest or kind]
    try:
        members = json.loads(body)
        members = members.get('variables', members) if isinstance(members, dict) else {}
        values += [str(v) for v in members.values()]
    except (ValueError, AttributeError):
        values += [v for _, v in urllib.parse.parse_qsl(body)]
    return [v for v in values if v]


class Tell(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    arrivals = None
    lock = threading.Lock()

    def log_message(self, *_):
        pass

    def send(self, status, kind, data, *headers):
        data = data if isinstance(data, bytes) else data.encode('utf-8', 'surrogateescape')
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        for name, value in headers:
            self.send_header(name, value.encode().decode('latin-1'))
        self.end_headers()
        self.wfile.write(data)

    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode('utf-8', 'replace')
        if self.path.startswith('http://'):
            self.path = '/' + self.path.split('/', 3)[3]
        told = dump(self, body)
        with Tell.lock:
            Tell.arrivals.write((told + decoded(self) + '\n').encode('utf-8', 'surrogateescape'))
            Tell.arrivals.flush()
        values = believed(self, body)
        mode = urllib.parse.urlsplit(self.path).path.split('/')[1]
        one = max(values, key=lambda v: (v not in ('application/json', '*/*') and not v.startswith('00-'), len(v)))
        getattr(self, f'tell_{mode}', self.tell_all)(told, values, ' '.join(values), one.replace('\n', ' '))

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def tell_all(self, told, values, text, one):
        everything = {'values': values, 'told': told, 'forms': [forms(v) for v in values],
                      'base64': base64.b64encode(told.encode()).decode(), 'members': {v: 1 for v in values}}
        self.send(200, 'application/json', json.dumps(everything, ensure_ascii=len(told) % 2 == 0))

    def tell_text(self, told, values, text, one):
        self.send(200, 'text/plain', '\n'.join(f for v in values for f in forms(v).values()))

    def tell_binary(self, told, values, text, one):
        self.send(200, 'application/octet-stream', b'\0\xff' + text.encode() + b'\0')

    def tell_utf16(self, told, values, text, one):
        self.send(200, 'text/plain; charset=utf-16le', text.encode('utf-16-le', 'replace'))

    def tell_latin(self, told, values, text, one):
        self.send(200, 'text/plain; charset=iso-8859-1', text.encode('latin-1', 'replace'))

    def tell_fail(self, told, values, text, one):
        self.send(500, 'text/plain', 'x' * (155 - len(one.encode()) // 2) + ' ' + one + ' and more')

    def tell_page(self, told, values, text, one):
        self.send(403, 'text/html', f'<h1>not {html.escape(one)}</h1>{html.escape(text)}')

    def tell_problem(self, told, values, text, one):
        self.send(422, 'application/problem+json', json.dumps({
            'type': 'about:blank', 'title': f'bad {one}', 'detail': 'y' * (980 - len(one)) + one, 'instance': one,
            'given': values}))

    def tell_hop(self, told, values, text, one):
        self.send(302, 'text/plain', one, ('Location', f'/all/{urllib.parse.quote(one, safe="")}?next=' +
                                           urllib.parse.quote(urllib.parse.quote(one, safe=''), safe='')))

    def tell_away(self, told, values, text, one):
        self.send(302, 'text/plain', '', ('Location', 'file:///' + 'z' * 80 + urllib.parse.quote(one)))

    def tell_broken(self, told, values, text, one):
        self.send(200, 'application/json', '{"x": ' + json.dumps(text) + ', "y": "' + one)

    def tell_challenge(self, told, values, text, one):
        quoted = urllib.parse.quote(one)
        self.send(401, 'text/plain', f'no {one}', ('WWW-Authenticate', f'Bearer realm="{quoted}"'),
                  ('Set-Cookie', f'sid={quoted}; Path=/'), ('Retry-After', quoted))

    def tell_typed(self, told, values, text, one):
        self.send(200, f'text/{urllib.parse.quote(one, safe="")}', 'typed')

    def tell_graphql(self, told, values, text, one):
        self.send(200, 'application/json', json.dumps({
            'data': {'whole': text, 'part': None},
            'errors': [{'message': f'{"m" * 980} {one}', 'path': ['part', one], 'extensions': {'seen': values}}]}))

    def tell_token(self, told, values, text, one):
        with open(os.path.join(DIR, 'granted'), encoding='utf-8') as f:
            token = f.read()
        self.send(200, 'application/json', json.dumps({'access_token': token, 'expires_in': 3600, 'note': text}))

    def tell_refuse(self, told, values, text, one):
        form = dict(urllib.parse.parse_qsl(told.rpartition('\n')[2]))
        one = form.get('client_secret', one)
        self.send(400, 'application/json', json.dumps({
            'error': 'e' * (200 - len(one) // 2) + one, 'error_description': 'd' * (500 - len(one) // 2) + one}))


def serve():
    Tell.arrivals = open(os.path.join(DIR, 'arrivals'), 'ab')
    plain = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Tell)
    locked = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Tell)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(DIR, 'server.pem'), os.path.join(DIR, 'server.key'))
    locked.socket = context.wrap_socket(locked.socket, server_side=True)
    threading.Thread(target=locked.serve_forever, daemon=True).start()
    with open(os.path.join(DIR, 'ports.new'), 'w', encoding='utf-8') as f:
        json.dump([plain.server_port, locked.server_port], f)
    os.rename(os.path.join(DIR, 'ports.new'), os.path.join(DIR, 'ports'))
    plain.serve_forever()


# --- the workflow

class Case:
    """Secrets, each in its place. Names in upper case are variables; those in small letters stand in the file."""

    def __init__(self):
        self.random = random.Random(50)
        self.values, self.env, self.nodes, self.control = {}, {}, [], {}

    def letters(self, n, alphabet=LETTERS):
        return ''.join(self.random.choice(alphabet) for _ in range(n))

    def secret(self, name, value, env=None):
        """env: what the variable is, where the secret is only a part of that."""
        self.values[name] = value
        if name.isupper():
            self.env[name] = env if env is not None else value
            return '${' + name + '}'
        return value

    def node(self, ident, data=None, own=None, url='${HERE}/{{mode|all}}/x', kind='rest', args=None):
        own = {'retry': {'max': 0}, 'timeoutMs': 1000} | (own or {})
        self.nodes.append((ident, {'label': ident, 'integrationType': kind, 'url': url, 'authType': 'none',
                                   **(data or {}), 'testpanel': own}, args or {}))


def headers(**fields):
    return {'headers': json.dumps({name.replace('_', '-'): value for name, value in fields.items()})}


def in_headers(c):
    c.node('bearer', {'authType': 'bearer', 'authToken': c.secret('JWT', '.'.join(
        base64.urlsafe_b64encode(c.letters(n).encode()).decode().rstrip('=') for n in (27, 180, 32)))})
    c.node('bearer-odd', {'authType': 'bearer', 'authToken': c.secret('ODD_TOKEN', c.letters(9) + '+/=' + c.letters(9) + '==')})
    c.node('api-key', {'authType': 'apiKey', 'authToken': c.secret('KEY1', 'sk-proj-' + c.letters(40))})
    c.node('api-key-named', {'authType': 'apiKey', 'apiHeaderName': 'X-Depot',
                             'authToken': c.secret('KEY2', 'sk-proj-' + c.letters(40))})
    c.node('basic-token', {'authType': 'basic', 'authToken': 'ann:' + c.secret('PASS1', 'p%"\\w' + c.letters(14))})
    c.node('custom', {'authType': 'custom', 'authToken': 'Hawk id="a", mac="' + c.secret('MAC', c.letters(32)) + '"'})
    c.node('literal-token', {'authType': 'bearer', 'authToken': c.secret('literal-token', c.letters(30))})
    c.node('argument-token', {'authType': 'bearer', 'authToken': '{{given}}'},
           args={'given': c.secret('argument-token', c.letters(28))})
    c.node('fallback-token', {'authType': 'bearer', 'authToken': '${UNSET:-' + c.secret('fallback-token', c.letters(28)) + '}'})
    c.node('header', headers(X_Api_Key=c.secret('SHORT', c.letters(8))))
    c.node('header-scheme', headers(Authorization='Token ' + c.secret('SCHEME', 'ghp_' + c.letters(36))))
    password = c.secret('basic-decoded', c.letters(17) + '~?>' + c.letters(6))
    c.node('header-basic', headers(Authorization='Basic ' + c.secret(
        'BASE64', base64.b64encode(f'ann:{password}'.encode()).decode())))
    c.node('header-name', headers(X_Depot=c.secret('DEPOT_SECRET', c.letters(24))))
    c.node('header-literal', headers(X_Auth_Token=c.secret('header-literal', c.letters(26))))
    c.node('header-scheme-literal', headers(Authorization='Bearer ' + c.secret('header-scheme-literal', c.letters(26))))
    c.node('header-fallback', headers(X_Api_Key='${UNSET:-' + c.secret('header-fallback', c.letters(26)) + '}'))
    c.node('header-argument', headers(X_Session_Token='{{given}}'), args={'given': c.secret('header-argument', c.letters(26))})
    c.node('cookie', headers(Cookie='theme=dark; session=' + c.secret('SESSION', c.letters(32))))
    c.node('cookie-literal', headers(Cookie='theme=dark; session=' + c.secret('cookie-literal', c.letters(32))))
    c.node('header-long', headers(X_Secret=c.secret('LONG', c.letters(2000))))
    c.node('prefix', {'authType': 'apiKey', 'authToken': c.secret('PREFIX_KEY', c.letters(24))})
    c.node('prefixed', {'authType': 'apiKey', 'authToken': c.secret('PREFIXED_KEY', c.values['PREFIX_KEY'] + c.letters(24))})
    c.node('process', {'authType': 'apiKey', 'authToken': '${PROCESS_KEY}'})
    c.values['PROCESS_KEY'] = c.letters(24, 'abcdef0123456789')
    c.values['OPENAI_API_KEY'] = 'sk-' + c.letters(40)


def in_urls(c):
    c.node('query', url='${HERE}/{{mode|all}}?api_key=' + c.secret('QUERY', c.letters(26)))
    c.node('query-odd', url='${HERE}/{{mode|all}}?q=1&access_token=' + c.secret('QUERY_ODD', 'a b+c/d&e=f%20' + c.letters(12)))
    c.node('query-name', url='${HERE}/{{mode|all}}?q=' + c.secret('QUERY_SECRET', c.letters(12) + ' žluť 木😀 ' + c.letters(5)))
    c.node('query-literal', url='${HERE}/{{mode|all}}?token=' + c.secret('query-literal', c.letters(30)))
    c.node('query-argument', url='${HERE}/{{mode|all}}?token={{given}}', args={'given': c.secret('query-argument', c.letters(30))})
    c.node('path', url='${HERE}/{{mode|all}}/bot/' + c.secret('BOT_TOKEN', '110201543:' + c.letters(35)) + '/send')
    here = '127.0.0.1:${PORT}/{{mode|all}}'
    c.node('userinfo', url='http://ann:' + c.secret('USER_PASSWORD', c.letters(20)) + '@' + here)
    c.node('userinfo-plain-name', url='http://ann:' + c.secret('PW', c.letters(20)) + '@' + here)
    c.node('userinfo-literal', url='http://ann:' + c.secret('userinfo-literal', c.letters(20)) + '@' + here)
    c.secret('userinfo-encoded', 'p@ss/' + c.letters(14))
    c.node('userinfo-encoded', url='http://ann:' + urllib.parse.quote(c.values['userinfo-encoded'], safe='') + '@' + here)
    c.node('userinfo-site', url='${SITE}/{{mode|all}}')
    c.values['userinfo-site'] = c.letters(20)
    c.node('host', url='http://' + c.secret('HOST_SECRET', c.letters(20)) + '.localhost:1/x')
    c.node('refused', url='http://127.0.0.1:1/?token=' + c.secret('REFUSED', c.letters(20)))
    c.node('scheme', url='${SCHEME_SECRET}')
    c.secret('SCHEME_SECRET', 'ftp-' + c.letters(60) + '://' + c.letters(60))


def in_bodies(c):
    def post(ident, body, kind='application/json', **more):
        c.node(ident, {'method': 'POST', 'body': body, **headers(Content_Type=kind)}, **more)

    post('body', '{"password": "' + c.secret('BODY', c.letters(10) + '"\\/<b>&\'' + c.letters(10)) + '"}')
    post('body-pem', '{"private_key": "' + c.secret('PEM', '-----BEGIN PRIVATE KEY-----\n' + '\n'.join(
        c.letters(64, LETTERS + '+/') for _ in range(5)) + '\n-----END PRIVATE KEY-----\n') + '"}')
    post('body-number', '{"password": ' + c.secret('NUMBER', c.letters(19, '123456789')) + '}')
    post('body-spaces', '{"client_secret": "' + c.secret('SPACED', c.letters(9) + '  ' + c.letters(9), None) + '"}')
    post('body-name', '{"note": "' + c.secret('NOTE_PASSWORD', 'žluťoučký ' + c.letters(12)) + '"}')
    post('form', 'grant=x&client_secret=' + c.secret('FORM', c.letters(9) + '&=+ %' + c.letters(9)),
         'application/x-www-form-urlencoded')
    post('xml', '<password>' + c.secret('XML_PASSWORD', c.letters(24)) + '</password>', 'application/xml')
    graphql = {'graphQLQuery': 'query Q($token: String) { whole(token: $token) }'}
    c.node('variables', graphql | {'graphQLVariables': '{"token": "' + c.secret('VARIABLE', c.letters(9) + '\t"é' + c.letters(12)) + '"}'},
           kind='graphql', url='${HERE}/graphql')
    c.node('variables-get', graphql | {'graphQLVariables': '{"token": "' + c.secret('VARIABLE_GET', c.letters(24)) + '"}'},
           {'method': 'GET'}, kind='graphql', url='${HERE}/{{mode|graphql}}')
    c.node('introspected', graphql | {'authType': 'bearer', 'authToken': c.secret('INTROSPECTED', c.letters(24))},
           kind='graphql', url='${HERE}/{{mode|graphql}}')
    c.node('keyed', {'method': 'POST', 'body': '{}'}, {'idempotencyKey': 'order-' + c.secret('KEY_SECRET', c.letters(24))})


def in_testpanel(c):
    c.node('basic', own={'basic': {'user': 'ann', 'password': c.secret('PASS2', 'žluť:木 ' + c.letters(10))}})
    c.node('basic-literal', own={'basic': {'user': 'ann', 'password': c.secret('basic-literal', c.letters(16))}})

    def oauth2(ident, secret, path='token', **more):
        c.node(ident, own={'oauth2': {'tokenUrl': '${HERE}/' + path, 'clientId': 'panel', 'clientSecret': secret} | more})
    oauth2('oauth2', c.secret('CLIENT1', c.letters(24)))
    oauth2('oauth2-body', c.secret('CLIENT2', c.letters(12) + '+/ %' + c.letters(12)), authStyle='body')
    oauth2('oauth2-odd', c.secret('CLIENT3', c.letters(12) + ':é "' + c.letters(12)))
    oauth2('oauth2-literal', c.secret('client-literal', c.letters(24)))
    oauth2('oauth2-refused', c.secret('CLIENT4', c.letters(40)), 'refuse', authStyle='body')
    c.values['granted'] = c.letters(48)
    c.node('proxy', own={'proxy': 'http://ann:' + c.secret('PROXY_PASSWORD', c.letters(20)) + '@127.0.0.1:${PORT}'})
    c.node('proxy-plain-name', own={'proxy': 'http://ann:' + c.secret('PP', c.letters(20)) + '@127.0.0.1:${PORT}'})
    c.node('proxy-whole', own={'proxy': '${WHOLE}'})
    c.values['proxy-whole'] = 'p@ss' + c.letters(16)
    c.node('proxy-wrong', own={'proxy': '${WRONG}'})
    c.values['proxy-wrong'] = c.letters(12) + '/' + c.letters(12)
    c.node('proxy-literal', own={'proxy': 'http://ann:' + c.secret('proxy-literal', c.letters(20)) + '@127.0.0.1:${PORT}'})
    for name, value, ident in (('KEY_PASS', c.letters(20), 'locked'), ('WRONG_PASS', c.letters(20), 'locked-wrong')):
        c.node(ident, url='${LOCKED}/all', own={'tls': {
            'caFile': '${DIR}/server.pem', 'certFile': '${DIR}/client.pem', 'keyFile': '${DIR}/client.key',
            'keyPassword': c.secret(name, value)}})


def in_answers(c):
    c.node('expect', {'authType': 'bearer', 'authToken': c.secret('EXPECTED', c.letters(30))},
           {'expect': 'error(("x" * 185) + (.values | max_by(length)))'})
    c.node('select', {'authType': 'bearer', 'authToken': c.secret('SELECTED', c.letters(30))},
           {'select': '{a: (.told | explode | implode), b: (.values | map(@base64)), c: (.told | @uri), d: (.told | @html)}'})
    c.node('mocked', {'authType': 'bearer', 'authToken': c.secret('MOCKED', c.letters(30))}, url='${MOCK_URL}/{{mode|ok}}')
    c.node('mock-node', {'mockOutput': json.dumps({'text': 'you said {{given}}', 'code': 'is fixed'})}, kind='mock',
           args={'given': 'hello'})


def make_case():
    c = Case()
    for fill in (in_headers, in_urls, in_bodies, in_testpanel, in_answers):
        fill(c)
    return c


def quote_env(value):
    return '"' + re.sub(r'([\\"$`])', r'\\\1', value).replace('\n', '\\n') + '"'


def ends(edge_from, edge_to):
    return {'id': f'{edge_from}-{edge_to}', 'source': edge_from, 'target': edge_to}


def write(name, text):
    with open(os.path.join(DIR, name), 'w', encoding='utf-8') as f:
        f.write(text)


def prepare():
    with open(os.path.join(DIR, 'ports'), encoding='utf-8') as f:
        plain, locked = json.load(f)
    c = make_case()
    nodes = [{'id': 'desk', 'type': 'routerNode', 'data': {'agentName': 'Desk', 'speaksFirst': True, 'firstSentence': 'good day'}},
             {'id': 'office', 'type': 'departmentNode', 'data': {'agentName': 'Office', 'description': 'records and wardrobes'}}]
    edges = [ends('desk', 'office')]
    for i, (ident, data, _) in enumerate(c.nodes):
        nodes.append({'id': ident, 'type': 'integrationNode', 'data': data})
    # A few of them behind tools, for whole turns.
    for i, (ident, word) in enumerate((('bearer', 'wardrobe'), ('path', 'umbrella'), ('userinfo', 'lantern'), ('variables', 'violin'))):
        nodes.append({'id': f'tool-{ident}', 'type': 'subAgentNode', 'data': {
            'agentName': word, 'functionName': f'find_{word}', 'specialty': word, 'description': f'Find the {word}.',
            'parameters': [], 'testpanel': {'examples': [f'find the {word}'], 'synonyms': [word], 'replyTemplate':
                                            f'The {word}: {{{{{ident}.told}}}} {{{{{ident}.values}}}} {{{{{ident}}}}}'}}})
        edges += [ends('office', f'tool-{ident}'), ends(f'tool-{ident}', ident)]
    write('workflow.json', json.dumps({'nodes': nodes, 'edges': edges}, ensure_ascii=False, indent=1))
    forged = c.values['MOCKED']
    write('mock.json', json.dumps({'routes': [
        {'method': 'GET', 'path': '/ok', 'body': {'stolen': forged, 'path': '/' + forged}},
        {'method': 'GET', 'path': '/:mode', 'status': 500, 'body': {'detail': 'no ' + forged}}]}))
    env = c.env | {'HERE': f'http://127.0.0.1:{plain}', 'LOCKED': f'https://localhost:{locked}', 'PORT': str(plain), 'DIR': DIR,
                   'SITE': f'http://ann:{c.values["userinfo-site"]}@127.0.0.1:{plain}',
                   'WHOLE': f'http://ann:{urllib.parse.quote(c.values["proxy-whole"], safe="")}@127.0.0.1:{plain}',
                   'WRONG': f'http://ann:{c.values["proxy-wrong"]}@127.0.0.1:{plain}'}
    write('env', ''.join(f'{name}={quote_env(value)}\n' for name, value in env.items()))
    write('granted', c.values['granted'])
    write('secrets.json', json.dumps(c.values))
    write('process', c.values['PROCESS_KEY'])
    write('broken', '')
    broken(c.values)


def broken(values):
    """Files that are wrong right beside a secret."""
    literal = values['literal-token']

    def one(name, data, own=None):
        write(f'broken-{name}.json', json.dumps({'nodes': [
            {'id': 'desk', 'type': 'routerNode', 'data': {'agentName': 'Desk'}},
            {'id': 'n', 'type': 'integrationNode', 'data': {'label': 'n', 'integrationType': 'rest', 'url': 'https://example.com'} |
             data | ({'testpanel': own} if own else {})}], 'edges': []}, indent=1))
    one('scheme', {'url': f'ftp://ann:{literal}@example.com'})
    one('scheme-cut', {'url': 'ftp://example.com/?' + 'q' * 30 + f'&token={literal}'})
    one('open', {'authType': 'bearer', 'authToken': '${' + literal})
    one('misnamed', {'authType': 'bearer', 'authToken': '${T=' + literal + '}'})
    one('braces', headers(X_Api_Key='{{' + literal))
    one('control', {'authType': 'bearer', 'authToken': literal + '\n'})
    one('headers', {'headers': '{"X-Api-Key": "' + literal + '" "x"}'})
    one('headers-end', {'headers': '{"X-Api-Key": "' + literal})
    one('body', {'method': 'POST', 'body': '{"password": "' + literal + '"'})
    one('graphql', {'integrationType': 'graphql', 'graphQLQuery': '{ a }', 'graphQLVariables': '{"token": "' + literal + '"'})
    one('basic', {}, {'basic': {'user': 'ann', 'password': '${' + literal}})
    one('basic-list', {}, {'basic': ['ann', literal]})
    one('oauth2', {}, {'oauth2': {'tokenUrl': f'ftp://ann:{literal}@example.com', 'clientId': 'x', 'clientSecret': '{{' + literal}})
    one('proxy', {}, {'proxy': f'ftp://ann:{literal}@example.com'})
    one('tls', {}, {'tls': {'keyPassword': literal}})
    one('key', {'method': 'POST'}, {'idempotencyKey': '${' + literal})
    write('broken-cut.json', '{"nodes": [{"data": {"authToken": "' + literal)
    write('broken-comma.json', '{"nodes": [{"data": {"authToken": "' + literal + '" "x": 1}}]}')
    write('broken.env', f'TOKEN="{literal}\n')
    write('broken2.env', f'"{literal}"\n')


# --- the commands

def commands():
    c = make_case()
    workflow, env = os.path.join(DIR, 'workflow.json'), ['--env', os.path.join(DIR, 'env')]
    for i, (ident, data, args) in enumerate(c.nodes):
        log = ['--log', os.path.join(DIR, 'out', f'{ident}.log'), '--log-level', 'trace']
        tape = os.path.join(DIR, 'out', f'{ident}.cassette')
        mock = ['--mock', os.path.join(DIR, 'mock.json')] if 'MOCK_URL' in data['url'] else []

        def call(name, *more, mode=None, node=ident, given=args, extra=tuple(mock)):
            args_text = json.dumps(given | ({'mode': mode} if mode else {}), ensure_ascii=False)
            return f'{node}.{name}', ['exec', workflow, node, '--args', args_text, *env, *extra, *more]
        yield call('json', '--json', *log, '--record', tape)
        yield call('plain')
        yield call('plan', '--plan')
        yield call('plan-json', '--plan', '--json')
        yield call('replay', '--replay', tape, '--fast', '--json', extra=())
        for k in range(2):
            yield call(f'mode{k}', *(['--json'] if k else []), *log, '--record', f'{tape}{k}', mode=MODES[(2 * i + k) % len(MODES)])
        if i % 4 == 0:
            yield call('load', '--repeat', '3', '--concurrency', '2', *(['--json'] if i % 8 else []), mode='fail')
        if i % 4 == 1:
            yield call('fault', '--fault', ('503', 'reset', 'timeout', 'truncate')[i // 4 % 4], '--json', *log)
    for ident in ('variables', 'variables-get', 'introspected'):
        for more in ([], ['--json']):
            yield f'{ident}.introspect{len(more)}', ['exec', workflow, ident, '--introspect', *env, *more]
    says = [word for s in ('wardrobe', 'umbrella', 'lantern', 'violin') for word in ('--say', f'find the {s}')]
    secret = ['--say', f'my key is {c.values["JWT"]} and find the wardrobe']
    for name in ('testpanel', 'system'):
        for more in ([], ['--json']):
            yield f'run-{name}{len(more)}', ['run', workflow, '-o', name, *says, *secret, *env, *more, '--log',
                                             os.path.join(DIR, 'out', f'run-{name}.log'), '--record',
                                             os.path.join(DIR, 'out', f'run-{name}{len(more)}.cassette')]
    yield from sessions(workflow, env, secret + says)
    for more in ([], ['--json']):
        yield f'doctor{len(more)}', ['doctor', workflow, '--model', 'openai', '--timeout', '20', *env, *more, '--log',
                                     os.path.join(DIR, 'out', 'doctor.log'), '--record', os.path.join(DIR, 'out', f'doctor{len(more)}.cassette')]
        yield f'run-openai{len(more)}', ['run', workflow, '-m', 'openai', *secret, *says, *env, *more, '--record',
                                         os.path.join(DIR, 'out', f'openai{len(more)}.cassette')]
        yield f'compare{len(more)}', ['compare', workflow, *says, *secret, *env, *more]
        yield f'tools{len(more)}', ['tools', workflow, *more]
        yield f'validate{len(more)}', ['validate', workflow, *more]
        for name in sorted(os.listdir(DIR)):
            if name.startswith('broken-'):
                yield f'{name}{len(more)}', ['validate', os.path.join(DIR, name), *more]
                yield f'{name}-exec{len(more)}', ['exec', os.path.join(DIR, name), 'n', *more]
                yield f'{name}-plan{len(more)}', ['exec', os.path.join(DIR, name), 'n', '--plan', *more]
    for name in ('broken.env', 'broken2.env'):
        yield name, ['exec', workflow, 'bearer', '--env', os.path.join(DIR, name)]
    yield 'argument', ['exec', workflow, 'bearer', '--args', '{"password": "' + c.values['literal-token'] + '" "x"}', *env]


def sessions(workflow, env, says):
    """Kept, and played again."""
    for name in ('testpanel', 'system'):
        kept = os.path.join(DIR, 'out', f'kept-{name}.jsonl')
        yield f'session-{name}', ['run', workflow, '-o', name, *says, *env, '--session', kept]
        for more in ([], ['--json']):
            yield f'session-{name}{len(more)}.replay', ['replay', kept, '--fast', *more]


def run_one(job):
    name, words = job
    out = os.path.join(DIR, 'out', name)
    values = make_case().values
    with open(os.path.join(DIR, 'ports'), encoding='utf-8') as f:
        here = f'http://127.0.0.1:{json.load(f)[0]}/v1'
    environment = os.environ | {'PROCESS_KEY': values['PROCESS_KEY'], 'OPENAI_API_KEY': values['OPENAI_API_KEY'],
                                'OPENAI_BASE_URL': here}
    with open(out + '.stdout', 'wb') as stdout, open(out + '.stderr', 'wb') as stderr:
        ended = subprocess.run(shlex.split(os.environ['TESTPANEL']) + words, stdout=stdout, stderr=stderr, check=False,
                               stdin=subprocess.DEVNULL, timeout=60, env=environment)
    return f'{name}: ended with {ended.returncode}' if ended.returncode not in (0, 1, 2) else None


def run():
    os.makedirs(os.path.join(DIR, 'out'), exist_ok=True)
    jobs = list(commands())
    # A replay needs its recording.
    later = [job for job in jobs if job[0].endswith('.replay')]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for batch in ([job for job in jobs if job not in later], later):
            for complaint in pool.map(run_one, batch):
                if complaint:
                    print(complaint)


# --- the search

# Those that never leave for the server, and what shows instead that they were used: a file and what it says.
ELSEWHERE = {
    'HOST_SECRET': ('host.json.stdout', b'REST_NETWORK_ERROR'),
    'REFUSED': ('refused.json.stdout', b'REST_NETWORK_ERROR'),
    'SCHEME_SECRET': ('scheme.json.stdout', b'URL_NOT_ALLOWED'),
    'proxy-wrong': ('proxy-wrong.json.stdout', b'"success":false'),
    'KEY_PASS': ('locked.json.stdout', b'"success":true'),
    'MOCKED': ('mocked.json.stdout', b'"success":true'),
    'WRONG_PASS': ('locked-wrong.json.stdout', b'key'),
}


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def search():
    with open(os.path.join(DIR, 'secrets.json'), encoding='utf-8') as f:
        values = json.load(f)
    arrivals = read(os.path.join(DIR, 'arrivals'))
    folder = os.path.join(DIR, 'out')
    outputs = {name: read(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}
    whole = b'\0'.join(outputs.values())
    for name, value in values.items():
        patterns = searched(value)
        place, said = ELSEWHERE.get(name, (None, None))
        arrived = said in outputs[place] if place else any(text.encode() in arrivals for text in forms(value).values())
        hits = []
        for form, text in patterns.items():
            if text in whole:
                hits += [f'{out} ({form})' for out, content in outputs.items() if text in content]
        print(name, 'arrived' if arrived else 'missing', ', '.join(hits[:12]) or 'clean')


DIR = os.path.abspath(sys.argv[2])
{'serve': serve, 'prepare': prepare, 'run': run, 'search': search}[sys.argv[1]]()
