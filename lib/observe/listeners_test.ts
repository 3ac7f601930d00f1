/** Who listens where, from the kernel's own tables. The samples are from a real machine. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { decodeAddress, listeners, parseOwners, parseSockets } from "./listeners.ts";

const HEADER =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

const TCP = HEADER +
  "   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   106        0 21875 1 0000000000000000 100 0 0 10 0\n" +
  "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19623 1 0000000000000000 100 0 0 10 0\n" +
  "   2: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 15422 1 0000000000000000 100 0 0 10 5\n" +
  "   3: 0F02000A:0016 0202000A:D4E2 01 00000000:00000000 02:000A7214 00000000     0        0 23321 4 0000000000000000 20 4 31 10 -1\n" +
  "   4: 0F02000A:8C4A 2201A8C0:01BB 06 00000000:00000000 03:00000B1C 00000000     0        0 0 3 0000000000000000\n";

const TCP6 =
  "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n" +
  "   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 19624 1 0000000000000000 100 0 0 10 0\n" +
  "   1: 00000000000000000000000001000000:0CEA 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   106        0 21876 1 0000000000000000 100 0 0 10 0\n" +
  "   2: 0000000000000000FFFF00000F02000A:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 30001 1 0000000000000000 100 0 0 10 0\n" +
  "   3: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 30002 1 0000000000000000 100 0 0 10 0\n";

Deno.test("IPv4: what listens, where, with which inode; connections are left out", () => {
  assert.deepEqual(parseSockets(TCP), [
    { port: 3306, address: "127.0.0.1", inode: "21875" },
    { port: 80, address: "0.0.0.0", inode: "19623" },
    { port: 53, address: "127.0.0.53", inode: "15422" },
  ]);
});

Deno.test("IPv6: any address, loopback, a mapped IPv4 address, a global one", () => {
  assert.deepEqual(parseSockets(TCP6), [
    { port: 443, address: "::", inode: "19624" },
    { port: 3306, address: "::1", inode: "21876" },
    { port: 8080, address: "10.0.2.15", inode: "30001" },
    { port: 80, address: "2001:db8::1", inode: "30002" },
  ]);
});

Deno.test("one table after the other, and no table at all", () => {
  assert.equal(parseSockets(TCP + TCP6).length, 7);
  for (const text of ["", "\n", HEADER, "garbage\nmore garbage 1 2 3\n"]) {
    assert.deepEqual(parseSockets(text), [], JSON.stringify(text));
  }
});

Deno.test("addresses are read in the kernel's order of bytes", () => {
  assert.equal(decodeAddress("0100007F"), "127.0.0.1");
  assert.equal(decodeAddress("00000000"), "0.0.0.0");
  assert.equal(decodeAddress("0".repeat(32)), "::");
  assert.equal(decodeAddress("000080FE00000000FF565002BD69B1FE"), "fe80::250:56ff:feb1:69bd");
  assert.equal(decodeAddress("B80D01200000000001000000FFFFFFFF"), "2001:db8::1:ffff:ffff");
});

Deno.test("the first holder of a socket is its owner", () => {
  assert.deepEqual(
    [...parseOwners(
      "/proc/812/fd/6 socket:[19623]\n/proc/813/fd/6 socket:[19623]\n/proc/1/fd/3 pipe:[1]\n" +
        "/proc/900/fd/10 socket:[21875]\nfind: '/proc/77/fd': Permission denied\n",
    )],
    [["19623", 812], ["21875", 900]],
  );
  assert.deepEqual([...parseOwners("")], []);
});

Deno.test("a taken port is told with its process; others are told without looking further", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(["cat", "/proc/net/tcp", "/proc/net/tcp6"], TCP + TCP6)
      .expect(["find", "/proc", REST], {
        code: 1,
        stdout: "/proc/812/fd/6 socket:[19623]\n/proc/900/fd/10 socket:[21875]\n",
        stderr: "find: '/proc/77': No such file or directory",
      })
      .expect(["cat", "/proc/812/comm"], "nginx\n");
    const found = await listeners(host, new Set([80, 9999]));
    assert.deepEqual(found.filter((each) => each.port === 80), [
      { port: 80, address: "0.0.0.0", pid: 812, process: "nginx" },
      { port: 80, address: "2001:db8::1" },
    ]);
    assert.deepEqual(found.find((each) => each.port === 3306), {
      port: 3306,
      address: "127.0.0.1",
    });
  }));

Deno.test("when no port of interest is taken, no process is looked for", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(["cat", "/proc/net/tcp", "/proc/net/tcp6"], TCP);
    assert.equal((await listeners(host, new Set([8443]))).length, 3);
  }));

Deno.test("a process that ended meanwhile has no name, and that is no error", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(["cat", "/proc/net/tcp", "/proc/net/tcp6"], TCP)
      .expect(["find", "/proc", REST], "/proc/812/fd/6 socket:[19623]\n")
      .expect(["cat", "/proc/812/comm"], { code: 1 });
    const [found] = (await listeners(host, new Set([80]))).filter((each) => each.port === 80);
    assert.deepEqual(found, { port: 80, address: "0.0.0.0", pid: 812 });
  }));

Deno.test("a kernel without IPv6 has one table only", () =>
  withFakeHost({}, async (host) => {
    host.process.expect(["cat", "/proc/net/tcp", "/proc/net/tcp6"], {
      code: 1,
      stdout: TCP,
      stderr: "cat: /proc/net/tcp6: No such file or directory",
    });
    assert.equal((await listeners(host, new Set())).length, 3);
  }));
