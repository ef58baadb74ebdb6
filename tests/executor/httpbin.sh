#!/bin/bash
# REST against a server that is not ours: httpbin from Debian, through testpanel exec. What it says arrived, and what we make
# of its answers of every sort. Skipped, and said so, where python3-httpbin is missing.
set -u
. tests/check.sh
. tests/executor/engine.sh

# Debian's own: another python3 on PATH does not know Debian's modules.
python=/usr/bin/python3
if ! $python -c 'import httpbin' 2>/dev/null; then
	skip "REST against httpbin" "python3-httpbin is not installed"
	finish
fi
engine_name=httpbin
engine_start httpbin $python tests/executor/httpbin_serve.py || finish
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY
export BIN=$engine_url OTHER=${engine_url/127.0.0.1/localhost} BIN_TOKEN=tok-98765432 BIN_PASSWORD='pass wörd'

# node ID METHOD PATH [MEMBERS]: retries are exact and short unless MEMBERS say otherwise.
node() {
	local members=${4:-\"testpanel\":\{\"retry\":\{\"max\":0\}\}}
	printf ',{"id":"%s","type":"integrationNode","data":{"label":"%s","integrationType":"rest","method":"%s","url":"${BIN}%s",%s}}' \
		"$1" "$1" "$2" "$3" "$members"
}
retrying='"testpanel":{"retry":{"max":2,"initialMs":5,"jitter":"none"}}'
{
	printf '{"nodes":[{"id":"desk","type":"routerNode","data":{"agentName":"Desk"}}'
	for method in GET POST PUT PATCH DELETE; do
		node "echo-$method" $method /anything/{{room}} '"headers":"{\"X-Test\": \"yes\"}"'
	done
	node head HEAD /get
	node options OPTIONS /get
	node body POST /anything '"body":"{\"guest\": \"{{name}}\", \"nights\": {{nights}}}"'
	node form POST /post '"headers":"{\"Content-Type\": \"application/x-www-form-urlencoded\"}","body":"name={{name}}&b=1+1"'
	node plain POST /post '"headers":"{\"Content-Type\": \"text/plain\"}","body":"Grüße an {{name}}"'
	node bearer GET /bearer '"authType":"bearer","authToken":"${BIN_TOKEN}"'
	node bearer-none GET /bearer
	node basic GET '/basic-auth/ann/pass%20w%C3%B6rd' '"testpanel":{"basic":{"user":"ann","password":"${BIN_PASSWORD}"}}'
	node basic-wrong GET /basic-auth/ann/other '"testpanel":{"basic":{"user":"ann","password":"${BIN_PASSWORD}"}}'
	node basic-hidden GET /hidden-basic-auth/ann/other '"authType":"basic","authToken":"ann:other"'
	node digest GET /digest-auth/auth/ann/other '"authType":"basic","authToken":"ann:other"'
	for kind in redirect relative-redirect absolute-redirect; do
		node $kind GET /$kind/{{n}}
	done
	node redirect-to GET '/redirect-to?url={{to}}&status_code={{code}}' '"authType":"bearer","authToken":"${BIN_TOKEN}"'
	node redirect-post POST '/redirect-to?url={{to}}&status_code={{code}}' '"body":"{\"a\": 1}"'
	node status GET /status/{{code}} "$retrying"
	node status-post POST /status/{{code}} "$retrying"
	node retry-after GET '/response-headers?Retry-After=5' "$retrying"
	node delay GET /delay/{{n}} '"testpanel":{"timeoutMs":300,"retry":{"max":0}}'
	node first-byte GET /delay/5 '"testpanel":{"ttfbTimeoutMs":200,"retry":{"max":0}}'
	node drip GET '/drip?duration={{n}}&numbytes=5&delay=0'
	node stalled GET '/drip?duration=8&numbytes=2&delay=0' '"testpanel":{"stallTimeoutMs":300,"retry":{"max":0}}'
	for kind in gzip deflate brotli html xml robots.txt deny image/png image/svg uuid; do
		node "${kind//\//-}" GET /$kind
	done
	node bytes GET '/bytes/{{n}}?seed=7'
	node stream GET /stream/{{n}}
	node stream-bytes GET '/stream-bytes/{{n}}?seed=7'
	node range GET /range/{{n}}
	node limited GET '/bytes/5000?seed=7' '"testpanel":{"maxBytes":1000}'
	node cookies GET /cookies/set/stay/here
	node cookies-kept GET /cookies/set/stay/here '"testpanel":{"cookies":true}'
	node etag GET /etag/abc '"headers":"{\"If-None-Match\": \"abc\"}"'
	node cache GET /cache '"headers":"{\"If-Modified-Since\": \"Sun, 22 Nov 2026 10:00:00 GMT\"}"'
	node base64 GET /base64/R3LDvMOfZSDmnKg=
	node select GET '/get?a=1&a=2' '"testpanel":{"select":".args.a | map(tonumber) | add"}'
	node expect GET /get '"testpanel":{"expect":".args.done == \"yes\"","retry":{"max":0}}'
	node user-agent GET /user-agent
	node none GET /none/such
	node wrong-method GET /post
	printf '],"edges":[]}'
} | jq . >"$work/engine.json"

# What arrives.
for method in GET POST PUT PATCH DELETE; do
	type=application/json
	[ $method = GET ] || [ $method = DELETE ] && type= # without a body, no type of one
	execute 0 echo-$method '.data.method == "'$method'" and (.data.url | endswith("/anything/12%20b/ü"))
		and .data.headers["X-Test"] == "yes" and (.data.headers["Content-Type"] // "") == "'$type'"
		and (.traceId as $t | .data.headers.Traceparent | test("^00-" + $t))' '{"room": "12 b/ü"}'
done
execute 0 echo-GET '.data.args == {"q": "a&b=c", "n": "7", "room2": "é 木"}' '{"room": 1, "q": "a&b=c", "n": 7, "room2": "é 木"}'
execute 0 echo-POST '.data.json == {"q": "x", "n": [1, 2]} and .data.args == {}' '{"room": 1, "q": "x", "n": [1, 2]}'
execute 0 echo-DELETE '.data.args == {"q": "x"}' '{"room": 1, "q": "x"}'
execute 0 head '.data == null and .attempts[0].status == 200'
execute 0 options '.attempts[0].status == 200'
execute 0 body '.data.json == {"guest": "Zoë \"木\"", "nights": 2, "more": true}' '{"name": "Zoë \"木\"", "nights": 2, "more": true}'
execute 0 form '.data.form == {"name": "a&b =+ü", "b": "1 1"} and .data.json == null' '{"name": "a&b =+ü"}'
execute 0 plain '.data.data == "Grüße an Zoë"' '{"name": "Zoë"}'
execute 0 user-agent '.data["user-agent"] | test("^testpanel/[0-9.]+$")'

# Who we are.
execute 0 bearer '.data == {"authenticated": true, "token": "[redacted]"}'
execute 1 bearer-none '.errorCode == "REST_401" and .retryable == false and (.attempts | length) == 1'
execute 0 basic '.data == {"authenticated": true, "user": "ann"}'
execute 1 basic-wrong '.errorCode == "REST_401"'
execute 0 basic-hidden '.data.authenticated'
execute 1 digest '.errorCode == "REST_401"'

# Where it sends us.
for kind in redirect relative-redirect absolute-redirect; do
	execute 0 $kind '.data.url | endswith("/get")' '{"n": 3}'
	execute 1 $kind '.error | test("more than 5 redirects")' '{"n": 6}'
done
for code in 301 302 303 307 308; do
	execute 0 redirect-to '.data.headers.Authorization == "Bearer [redacted]"' '{"to": "/get", "code": '$code'}'
	execute 0 redirect-to '.data.headers | has("Authorization") | not' '{"to": "'"$OTHER"'/get", "code": '$code'}'
done
for code in 301 302 303; do
	execute 0 redirect-post '.data.method == "GET" and .data.data == ""' '{"to": "/anything", "code": '$code'}'
done
for code in 307 308; do
	execute 0 redirect-post '.data.method == "POST" and .data.json.a == 1' '{"to": "/anything", "code": '$code'}'
done
execute 1 redirect-to '.errorCode == "URL_NOT_ALLOWED"' '{"to": "file:///etc/passwd", "code": 302}'

# What its statuses mean: attempts for GET and for POST, which a 429 alone may repeat.
while read -r code get post; do
	execute 1 status '.errorCode == "REST_'$code'" and (.attempts | length) == '"$get" '{"code": '$code'}'
	execute 1 status-post '.errorCode == "REST_'$code'" and (.attempts | length) == '"$post" '{"code": '$code'}'
done <<'TABLE'
400 1 1
401 1 1
402 1 1
403 1 1
404 1 1
405 1 1
406 1 1
408 3 1
410 1 1
418 1 1
422 1 1
425 3 1
429 3 3
451 1 1
500 3 1
501 1 1
502 3 1
503 3 1
504 3 1
505 1 1
599 1 1
TABLE
for code in 200 201 202 203 204 206; do
	execute 0 status '.success and .attempts[0].status == '$code '{"code": '$code'}'
done
execute 0 retry-after '(.attempts | length) == 1 and .data["Retry-After"] == "5"'
execute 1 none '.errorCode == "REST_404" and (.error | test("Not Found"))'
execute 1 wrong-method '.errorCode == "REST_405"'

# How long it takes.
execute 0 delay '.attempts[0].timing.ttfbMs < 300' '{"n": 0}'
execute 1 delay '.errorCode == "INTEGRATION_TIMEOUT" and .durationMs >= 300 and .durationMs < 2000' '{"n": 5}'
execute 1 first-byte '.errorCode == "INTEGRATION_TIMEOUT" and (.error | test("ttfbTimeoutMs")) and .durationMs < 2000'
execute 0 drip '.data == "*****"' '{"n": 0.2}'
execute 1 stalled '.errorCode == "INTEGRATION_TIMEOUT" and (.error | test("stallTimeoutMs")) and .durationMs < 4000'

# What it brings.
execute 0 gzip '.data.gzipped and (.data.headers["Accept-Encoding"] | test("gzip"))'
execute 0 deflate '.data.deflated'
execute 0 brotli '.data.brotli'
execute 0 html '(.data | test("Herman Melville")) and .metadata.contentType == "text/html"'
execute 0 xml '(.data | startswith("<?xml")) and .metadata.contentType == "application/xml"'
execute 0 robots.txt '.data | test("Disallow: /deny")'
execute 0 deny '.metadata.contentType == "text/plain"'
execute 0 image-png '.data.contentType == "image/png" and (.data.base64 | startswith("iVBORw0KGgo"))'
execute 0 image-svg '.data | type == "string" and test("<svg")'
execute 0 uuid '.data.uuid | test("^[0-9a-f-]{36}$")'
execute 0 bytes '.data.contentType == "application/octet-stream" and (.data.base64 | @base64d | utf8bytelength) > 0
	and (.data.base64 | length) == 1368' '{"n": 1024}'
execute 0 bytes '.data == null' '{"n": 0}'
execute 0 stream-bytes '.data.base64 | length == 136' '{"n": 100}'
execute 0 stream '(.data | type) == "object" and .data.id == 0' '{"n": 1}'
execute 1 stream '.errorCode == "RESPONSE_INVALID_JSON" and (.error | test("line 2, column 1")) and .retryable == false' '{"n": 3}'
execute 0 range '.data == "abcdefghijklmnopqrstuvwxyzabcd"' '{"n": 30}'
execute 1 limited '.errorCode == "RESPONSE_TOO_LARGE"'
execute 0 cookies '.data.cookies == {}'
execute 0 cookies-kept '.data.cookies == {"stay": "here"}'
execute 1 etag '.errorCode == "REST_304"'
execute 1 cache '.errorCode == "REST_304"'
execute 0 base64 '.data == "Grüße 木"'
execute 0 select '.data == 3'
execute 1 expect '.errorCode == "EXPECT_FAILED"'
execute 0 expect '.success' '{"done": "yes"}'

engine_stop
execute 1 uuid '.errorCode == "REST_NETWORK_ERROR"'
finish
