"""The section `server` of scripts/bench: `pak serve` and a Flask application of the same requests (peer.py), in turn."""

import concurrent.futures
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 16
TICKS = os.sysconf("SC_CLK_TCK")

TELEMETRY = {
    "event": "package_deployed", "package": "my-package", "version": "1.2.@", "platform": "npm",
    "timestamp": "2024-01-01T00:00:00Z", "metadata": {"deployment_time": 45.2, "file_size": 1024000},
}  # fmt: skip


class Failed(Exception):
    """Something did not go as it must for a figure to mean anything."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Service:
    """A server process in a session of its own, with what it costs."""

    def __init__(self, command, folder, env, port, ready="/projects"):
        self.port = port
        self.cookie = ""
        self.log = open(folder / "server.log", "ab")
        begun = time.perf_counter()
        self.child = subprocess.Popen(
            [str(word) for word in command], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True
        )
        while True:
            try:
                self.ask("GET", ready)
                break
            except OSError:
                if time.perf_counter() - begun > 60 or self.child.poll() is not None:
                    raise Failed(f"{command[0]} does not start:\n{(folder / 'server.log').read_text(errors='replace')[-3000:]}") from None
                time.sleep(0.001)
        self.started = time.perf_counter() - begun

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.child.pid, signal.SIGTERM)
        try:
            self.child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        self.log.close()

    def processes(self):
        """The status fields of every process of the group, after the name, which may hold anything."""
        for folder in pathlib.Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    fields = (folder / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if int(fields[2]) == self.child.pid:
                    yield fields

    def cpu(self):
        return sum(int(fields[11]) + int(fields[12]) for fields in self.processes()) / TICKS

    def memory(self):
        return sum(int(fields[21]) for fields in self.processes()) * os.sysconf("SC_PAGE_SIZE")

    def ask(self, method, path, body=None, headers=None, timeout=60, source="127.0.0.1"):
        """One request; hands back its status, headers and JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout, source_address=(source, 0))
        try:
            sent = {"Accept": "application/json", "Cookie": self.cookie} | (headers or {})
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body)
                sent["Content-Type"] = "application/json"
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            text = answer.read()
            try:
                return answer.status, answer.headers, json.loads(text)
            except ValueError:
                return answer.status, answer.headers, None
        finally:
            connection.close()

    def expect(self, status, method, path, body=None, **more):
        got, headers, answer = self.ask(method, path, body, **more)
        if got != status:
            raise Failed(f"{method} {path} was answered {got}, not {status}: {answer}")
        return headers, answer

    def sign_in_anew(self, email, password):
        """A new account and its session."""
        headers, _ = self.expect(201, "POST", "/auth", {"email": email, "password": password, "name": "Bench", "action": "register"})
        cookies = headers.get_all("Set-Cookie") or []
        if not cookies:
            headers, _ = self.expect(200, "POST", "/auth", {"email": email, "password": password, "action": "login"})
            cookies = headers.get_all("Set-Cookie")
        self.cookie = "; ".join(cookie.split(";")[0] for cookie in cookies)

    def sign_up(self, email, password):
        """An account with twenty projects."""
        self.sign_in_anew(email, password)
        for number in range(20):
            self.expect(201, "POST", "/projects", {"name": f"my-package-{number}", "description": "My awesome package"})


class Server:
    """What the parts share."""

    def __init__(self, bench, tools):
        self.bench = bench
        self.folder = bench.scratch / "server"
        self.folder.mkdir(exist_ok=True)
        self.gunicorn = tools / "bench/bin/gunicorn"
        if not self.gunicorn.exists() or not shutil.which("wrk"):
            raise Failed("gunicorn or wrk is missing: run scripts/setup-tests")
        self.seconds = bench.seconds
        self.email, self.password = "bench@example.org", secrets.token_urlsafe(16)

    def fresh(self, name):
        folder = self.folder / f"{name}-{secrets.token_hex(4)}"
        folder.mkdir()
        return folder

    def pak(self, folder=None, workers=0):
        folder, port = folder or self.fresh("pak"), free_port()
        env = self.bench.pak_env(PAK_API_RATE_LIMIT="0", PAK_LOG_LEVEL="warn")
        command = [self.bench.pak, "serve", "--listen", f"127.0.0.1:{port}", "--data", folder / "data", "--workers", workers]
        return Service(command, folder, env, port)

    def peer(self):
        folder, port = self.fresh("peer"), free_port()
        env = self.bench.env(PEER_DATABASE=str(folder / "peer.db"), PYTHONPATH=str(HERE), PYTHONDONTWRITEBYTECODE="1")
        # The tables are there before two workers could make them at once.
        subprocess.run([self.gunicorn.parent / "python", "-c", "import peer"], cwd=folder, env=env, check=True)
        return Service([self.gunicorn, "-w", "2", "-b", f"127.0.0.1:{port}", "peer:app"], folder, env, port)

    def load(self, service, method, path, body, connections=CONNECTIONS, seconds=None):
        """wrk's figures, and the processor seconds that the service took meanwhile."""
        file = "-"
        if body is not None:
            file = self.folder / "body.json"
            file.write_text(json.dumps(body))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds or self.seconds}s", "--timeout", "30s", "-s", HERE / "load.lua",
                   f"http://127.0.0.1:{service.port}{path}", "--", method, file, service.cookie]  # fmt: skip
        before = service.cpu()
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        cpu = service.cpu() - before
        try:
            figures = json.loads(done.stdout.strip().splitlines()[-1])
        except (IndexError, ValueError):
            raise Failed(f"wrk failed: {done.stdout}{done.stderr}") from None
        if figures["failed"]:
            raise Failed(f"{figures['failed']} of {figures['requests']} requests of {method} {path} failed")
        figures["rate"] = figures["requests"] * 1e6 / figures["microseconds"]
        figures["per_cpu"] = figures["requests"] / max(cpu, 1e-9)
        return figures


def against_the_peer(server):
    """The same requests to both, in turn."""
    requests = {
        "GET /projects (20 of them, session)": ("GET", "/projects", None),
        "POST /api/telemetry (durable)": ("POST", "/api/telemetry", TELEMETRY),
        "POST /deploy (row, audit entry)": ("POST", "/deploy/my-package-1", {"environment": "production", "version": "1.2.3"}),
    }
    print(f"  {CONNECTIONS} connections, {server.seconds} s each, {server.bench.runs} turns; p50 and p99 in ms")
    results = {title: {"pak": [], "peer": []} for title in requests}
    for _ in range(server.bench.runs):
        for name, start in (("pak", server.pak), ("peer", server.peer)):
            with start() as service:
                service.sign_up(server.email, server.password)
                if name == "pak":
                    prepare_source(service)
                for title, (method, path, body) in requests.items():
                    server.load(service, method, path, body, seconds=1)
                    results[title][name].append(server.load(service, method, path, body))
    for title, both in results.items():
        print(f"  {title}")
        middle = {}
        for name, runs in both.items():
            middle[name] = {key: statistics.median(run[key] for run in runs) for key in ("rate", "per_cpu", "p50", "p99")}
            m = middle[name]
            spread = f"{min(run['rate'] for run in runs):.0f} to {max(run['rate'] for run in runs):.0f}"
            print(f"    {name:<5} {m['rate']:9.0f} /s ({spread})   {m['per_cpu']:9.0f} per CPU s   p50 {m['p50']:7.2f}   p99 {m['p99']:7.2f}")
        pak, peer = middle["pak"], middle["peer"]
        verdicts = [
            ("per CPU second", pak["per_cpu"] / peer["per_cpu"], 15, "at least"),
            ("throughput", pak["rate"] / peer["rate"], 10, "at least"),
            ("p99", pak["p99"] / peer["p99"], 0.2, "at most"),
        ]
        print("    " + "   ".join(verdict(*one) for one in verdicts), flush=True)


def verdict(what, value, target, side):
    met = value >= target if side == "at least" else value <= target
    return f"{what} {value:.2f}x ({side} {target}x: {'met' if met else 'MISSED'})"


def prepare_source(service):
    """Deployments need a source: the smallest archive."""
    import io
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in {"package.json": '{"name":"my-package","version":"1.2.3","license":"MIT"}', "index.js": "export default 1;\n"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    status, _, answer = service.ask("PUT", "/projects/my-package-1/source", buffer.getvalue(), headers={"Content-Type": "application/gzip"})
    if status >= 300:
        raise Failed(f"the source was answered {status}: {answer}")


def sign_ins(server):
    """Fifty people sign in at once, while another reads projects, one request at a time and 200 a second."""
    print("  50 sign-ins at once, while another client reads GET /projects")
    with server.pak() as service:
        people = [f"person{number}@example.org" for number in range(50)]
        for person in people:
            service.expect(201, "POST", "/auth", {"email": person, "password": server.password, "name": "Bench", "action": "register"})
        service.sign_up(server.email, server.password)
        stop, times = threading.Event(), []

        def reader():
            connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
            while not stop.is_set():
                begun = time.perf_counter()
                connection.request("GET", "/projects", headers={"Accept": "application/json", "Cookie": service.cookie})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise Failed(f"GET /projects was answered {answer.status}")
                times.append(time.perf_counter() - begun)
                stop.wait(0.005)

        def sign_in(number):
            # Each from a network of its own: so many tries from one have to wait for each other.
            begun = time.perf_counter()
            body = {"email": people[number], "password": server.password, "action": "login"}
            memory.append(service.memory())
            status, _, _ = service.ask("POST", "/auth", body, headers={"Cookie": ""}, source=f"127.0.{number + 1}.1")
            memory.append(service.memory())
            return status, time.perf_counter() - begun

        quiet = threading.Thread(target=reader)
        quiet.start()
        time.sleep(1)
        stop.set()
        quiet.join()
        alone = sorted(times)
        stop.clear()
        times.clear()
        busy = threading.Thread(target=reader)
        memory = [service.memory()]
        busy.start()
        begun = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(sign_in, range(50)))
        took = time.perf_counter() - begun
        peak = max(memory)
        stop.set()
        busy.join()
        wrong = [status for status, _ in answers if status != 200]
        if wrong:
            raise Failed(f"sign-ins were answered {sorted(set(wrong))}")
        during = sorted(times)
        p99 = at(during, 0.99) * 1000
        print(f"    50 sign-ins in {took:.2f} s ({50 / took:.1f} /s), the slowest {max(t for _, t in answers):.2f} s, memory then {peak / 2**20:.0f} MiB")
        print(f"    GET /projects alone: p50 {at(alone, 0.5) * 1000:.2f} ms, p99 {at(alone, 0.99) * 1000:.2f} ms   meanwhile: "
              f"p50 {at(during, 0.5) * 1000:.2f} ms, p99 {p99:.2f} ms over {len(during)} (at most 50: {'met' if p99 <= 50 else 'MISSED'})", flush=True)  # fmt: skip


def at(ordered, part):
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def batches(server):
    """Telemetry by the batch."""
    size = 500
    batch = {"events": [TELEMETRY | {"version": f"1.{number}.@"} for number in range(size)]}
    with server.pak() as service:
        service.sign_up(server.email, server.password)
        server.load(service, "POST", "/api/telemetry/batch", batch, connections=4, seconds=1)
        figures = server.load(service, "POST", "/api/telemetry/batch", batch, connections=4)
        rate, per_cpu = figures["rate"] * size, figures["per_cpu"] * size
        print(f"  telemetry in batches of {size}: {rate:.0f} events/s, {per_cpu:.0f} per CPU s "
              f"(at least 10000: {'met' if per_cpu >= 10000 else 'MISSED'})", flush=True)  # fmt: skip


def fill(database, count, project_id, user_id):
    """Writes events of the last 90 days and what they add up to into the tables, as many reports over time would have."""
    import sqlite3

    hour = 3600 * 1000
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -400000")
    now = time.time_ns() // 1_000_000
    first = now - 90 * 24 * hour
    # Forty kinds an hour: two events, five platforms, four packages. Deterministic, so that runs compare.
    connection.execute(
        """
        WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?1)
        INSERT INTO telemetry_events (at, received_at, event, package, version, platform, source, project_id, user_id, metadata)
        SELECT ?2 + CAST(n * CAST(?3 AS REAL) / ?1 AS INTEGER), ?2 + CAST(n * CAST(?3 AS REAL) / ?1 AS INTEGER),
            CASE n % 2 WHEN 0 THEN 'package_deployed' ELSE 'package_downloaded' END, 'my-package-' || (n / 10 % 4), '1.' || (n % 97) || '.0',
            CASE n / 2 % 5 WHEN 0 THEN 'npm' WHEN 1 THEN 'pypi' WHEN 2 THEN 'cargo' WHEN 3 THEN 'docker' ELSE 'maven' END,
            'api', ?4, ?5, '{"deployment_time":45.2,"file_size":1024000}' FROM numbers
        """,
        (count, first, now - first, project_id, user_id),
    )
    for span in (hour, 24 * hour):
        connection.execute(
            """
            INSERT INTO telemetry_rollups (span, start, scope, event, platform, package, source, count, seconds, timed, bytes, sized)
            SELECT ?1, at / ?1 * ?1, COALESCE(project_id, -user_id, 0), event, platform, package, source,
                COUNT(*), 45.2 * COUNT(*), COUNT(*), 1024000.0 * COUNT(*), COUNT(*)
            FROM telemetry_events GROUP BY 2, 3, 4, 5, 6, 7
            """,
            (span,),
        )
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def charts(server):
    """The charts over many events, and that what they show is what is there."""
    count = server.bench.events
    folder = server.fresh("pak")
    with server.pak(folder) as service:
        service.sign_up(server.email, server.password)
        cookie = service.cookie
    begun = time.perf_counter()
    import sqlite3

    with sqlite3.connect(folder / "data/pak.db") as connection:
        project_id, user_id = connection.execute("SELECT p.id, m.user_id FROM projects p JOIN members m ON m.project_id = p.id LIMIT 1").fetchone()
    connection.close()
    fill(folder / "data/pak.db", count, project_id, user_id)
    print(f"  charts over {count:,} events (written in {time.perf_counter() - begun:.0f} s)", flush=True)
    with server.pak(folder) as service:
        service.cookie = cookie
        begun_at = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 91 * 24 * 3600))
        pages = {
            "GET /telemetry as HTML (30 days)": ("/telemetry", "text/html"),
            "GET /api/telemetry/stats (30 days)": ("/api/telemetry/stats", "application/json"),
            "GET /api/telemetry/stats (91 days by day)": (f"/api/telemetry/stats?bucket=day&from={begun_at}", "application/json"),
            "GET /api/telemetry/stats (2 days by hour)": (
                f"/api/telemetry/stats?bucket=hour&from={time.strftime('%Y-%m-%d', time.gmtime(time.time() - 2 * 24 * 3600))}", "application/json"),
            "GET /api/telemetry?limit=50 (newest)": ("/api/telemetry?limit=50", "application/json"),
            "GET /api/telemetry?platform=npm&package=my-package-0": ("/api/telemetry?platform=npm&package=my-package-0", "application/json"),
        }  # fmt: skip
        for title, (path, accept) in pages.items():
            times = []
            for _ in range(21):
                begun = time.perf_counter()
                _, answer = service.expect(200, "GET", path, headers={"Accept": accept})
                times.append(time.perf_counter() - begun)
            if "91 days" in title and (answer["total"]["count"] if "total" in answer else answer["statistics"]["total"]["count"]) != count:
                raise Failed(f"the charts do not show {count} events: {str(answer)[:300]}")
            first, rest = times[0] * 1000, sorted(times[1:])
            middle = at(rest, 0.5) * 1000
            print(f"    {title:<58} {middle:7.1f} ms   the first time {first:7.1f} ms   slowest {rest[-1] * 1000:7.1f} ms "
                  f"({'met' if max(middle, first) < 100 else 'MISSED'}: under 100)", flush=True)  # fmt: skip


def at_rest(server):
    """Start-up and memory with nothing to do."""
    starts, first, memory = [], [], []
    for turn in range(max(server.bench.runs, 5)):
        folder = server.fresh("pak")
        with server.pak(folder, workers=2) as service:
            first.append(service.started)
        with server.pak(folder, workers=2) as service:
            starts.append(service.started)
            if turn == 0:
                time.sleep(3)
                memory.append(service.memory())
    print(f"  start to the first answer: {statistics.median(starts) * 1000:.0f} ms (at most 100), the very first time, with its database to make: {statistics.median(first) * 1000:.0f} ms")
    print(f"  memory at rest: {memory[0] / 2**20:.1f} MiB (at most 40: {'met' if memory[0] <= 40 * 2**20 else 'MISSED'})", flush=True)


PARTS = {"peer": against_the_peer, "sign-ins": sign_ins, "batches": batches, "charts": charts, "rest": at_rest}


def measure(bench, tools):
    print("server: `pak serve` and a Flask application of the same requests (gunicorn, 2 workers, SQLite in WAL mode, every commit synced)")
    server = Server(bench, tools)
    for name, part in PARTS.items():
        if bench.only and name not in bench.only:
            continue
        try:
            part(server)
        except Failed as failure:
            print(f"  {name} not measured: {failure}", flush=True)
            bench.failed = True
