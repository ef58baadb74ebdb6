# Sourced by tests/bench/run: nginx_start makes an nginx that answers over loopback with one small JSON body,
# in $dir, on the processor $server_cpu, and sets $url; it ends with the script. One body, no log, connections kept:
# what is measured is the client.

nginx=$(command -v nginx || echo /usr/sbin/nginx)

# Both sides need a descriptor for each connection.
ulimit -n "$(ulimit -Hn)"

nginx_configure() {
	cat >"$dir/nginx.conf" <<CONF
daemon off;
worker_processes 1;
worker_rlimit_nofile $(ulimit -n);
pid $dir/nginx.pid;
error_log $dir/error.log;
events { worker_connections 8192; }
http {
	access_log off;
	keepalive_requests 100000000;
	client_body_temp_path $dir/body;
	proxy_temp_path $dir/proxy;
	fastcgi_temp_path $dir/fastcgi;
	uwsgi_temp_path $dir/uwsgi;
	scgi_temp_path $dir/scgi;
	server {
		listen 127.0.0.1:$1 backlog=4096;
		location / {
			default_type application/json;
			return 200 '{"reservation":{"number":"ABC123","status":"confirmed","guest":"Ann Miller","nights":2}}';
		}
	}
}
CONF
}

# nginx_serve PORT: false when it does not get that port.
nginx_serve() {
	nginx_configure "$1"
	taskset -c "$server_cpu" "$nginx" -p "$dir" -c "$dir/nginx.conf" >/dev/null 2>&1 &
	server=$!
	for _ in $(seq 100); do
		(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && kill -0 $server 2>/dev/null && return 0
		kill -0 $server 2>/dev/null || return 1
		sleep 0.05
	done
	return 1
}

nginx_start() {
	server_cpu=$(($(nproc) - 1))
	mkdir -p "$dir"
	for try in 1 2 3 4 5; do
		local port=$((20000 + (RANDOM * 7 + try) % 12000))
		if nginx_serve $port; then
			url=http://127.0.0.1:$port/
			trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
			return
		fi
	done
	echo "testpanel: nginx does not start: see $dir/error.log" >&2
	exit 3
}
