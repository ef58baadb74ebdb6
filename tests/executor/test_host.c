/* Hosts out of URLs. */
#include "executor/host.h"

#include <criterion/criterion.h>
#include <string.h>

Test(host, rows)
{
	static const struct {
		const char *url, *name, *host;
		long port;
	} rows[] = {
		{"http://a", "a", "a", 80},
		{"https://a", "a", "a", 443},
		{"HTTPS://API.Example.com/x", "api.example.com", "API.Example.com", 443},
		{"http://a:8080/x?y#z", "a:8080", "a", 8080},
		{"http://user:pass@a:1/", "a:1", "a", 1},
		{"http://u@v@a?x=@b", "a", "a", 80},
		{"http://[::1]:9/", "[::1]:9", "[::1]", 9},
		{"http://[::1]/", "[::1]", "[::1]", 80},
		{"http://a#b:5", "a", "a", 80},
		{"nothing", "", "", 80},
		{"", "", "", 80},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char name[HOST_NAME_SIZE], host[64];
		long port;

		cr_expect_eq(host_name(rows[i].url, name), strlen(rows[i].name), "%s", rows[i].url);
		cr_expect_str_eq(name, rows[i].name, "%s: %s", rows[i].url, name);
		host_split(rows[i].url, host, sizeof host, &port);
		cr_expect_str_eq(host, rows[i].host, "%s: %s", rows[i].url, host);
		cr_expect_eq(port, rows[i].port, "%s: %ld", rows[i].url, port);
	}
}

Test(host, long_names_are_cut)
{
	char url[2000] = "http://", name[HOST_NAME_SIZE], host[16];
	long port;

	memset(url + 7, 'a', sizeof url - 8);
	cr_expect_eq(host_name(url, name), HOST_NAME_SIZE - 1);
	host_split(url, host, sizeof host, &port);
	cr_expect_str_eq(host, "aaaaaaaaaaaaaaa");
}
