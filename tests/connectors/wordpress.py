"""A real WordPress: Debian's package, MariaDB, and PHP's own server, made and thrown away by the tests."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.connectors.servers import free_port

_SOURCE = Path("/usr/share/wordpress")
_ROUTER = """<?php
$path = parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH);
if ($path !== "/" && is_file(__DIR__ . $path)) { return false; }
$_SERVER["SCRIPT_NAME"] = "/index.php";
require __DIR__ . "/index.php";
"""
_CONFIG = """<?php
define('DB_NAME', 'wp'); define('DB_USER', 'wp'); define('DB_PASSWORD', 'wp'); define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
define('WP_ENVIRONMENT_TYPE', 'local'); define('DISABLE_WP_CRON', true); define('WP_DEBUG', false);
define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
"""
_INSTALL = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '{host}'; $_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1'; $_SERVER['REQUEST_METHOD'] = 'GET';
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_wp_mail', '__return_true');
wp_install('Test', 'admin', 'admin@example.org', true, '', 'secret');
update_option('permalink_structure', '/%postname%/');
flush_rewrite_rules();
list($password, $item) = WP_Application_Passwords::create_new_application_password(1, ['name' => 'tests']);
$all = ['post_type' => ['post', 'page'], 'post_status' => 'any', 'numberposts' => -1];
foreach (get_posts($all) as $post) {{ wp_delete_post($post->ID, true); }}
echo "\\nPASSWORD=" . $password;
"""

_MANY = """<?php
$_SERVER['HTTP_HOST'] = '127.0.0.1:%d'; require __DIR__ . '/wp-load.php'; wp_defer_term_counting(true);
for ($i = 0; $i < %d; $i++) {
  wp_insert_post(['post_title' => "Number $i of many", 'post_status' => 'publish',
    'post_content' => str_repeat("<p>Text number $i of posts many about ketamine infusions and what follows."
      . " People rest afterwards, somebody drives them home, and a nurse looks after blood pressure and breathing"
      . " meanwhile. Some feel lighter within hours, others after the third visit, and some not at all.</p>", %d)]);
}
"""


def is_installed() -> bool:
    """Whether the programs are there."""
    return _SOURCE.exists() and all(shutil.which(name) for name in ("php", "mariadbd", "mariadb-install-db"))


class WordPress:
    """One site; `password` is the application password of `admin`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wp"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.password = ""
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Make the database and the site, and serve it."""
        socket = self.folder / "db.sock"
        data = self.folder / "db"
        user = [] if os.getuid() else ["--user=root"]
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
             "--skip-test-db", *user], check=True, capture_output=True,
        )  # fmt: skip
        self._run(
            ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={socket}", "--skip-networking",
             f"--pid-file={self.folder / 'db.pid'}", "--innodb-flush-log-at-trx-commit=0", *user]
        )  # fmt: skip
        sql = "CREATE DATABASE wp; CREATE USER wp@localhost IDENTIFIED BY 'wp'; GRANT ALL ON wp.* TO wp@localhost;"
        _eventually(lambda: self._sql(socket, sql))
        site = self.folder / "site"
        subprocess.run(["cp", "-rL", str(_SOURCE), str(site)], check=True, capture_output=True)
        (site / "wp-config.php").write_text(_CONFIG.format(socket=socket, url=self.url))
        (site / "router.php").write_text(_ROUTER)
        (site / "install-for-tests.php").write_text(_INSTALL.format(host=f"127.0.0.1:{self.port}"))
        done = subprocess.run(["php", str(site / "install-for-tests.php")], check=False, capture_output=True, text=True)
        assert "PASSWORD=" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]
        self.password = done.stdout.rpartition("PASSWORD=")[2].strip()
        self._run(["php", "-S", f"127.0.0.1:{self.port}", "-t", str(site), str(site / "router.php")])
        _eventually(lambda: urllib.request.urlopen(f"{self.url}/wp-json/", timeout=10).status == 200)

    def call(self, method: str, route: str, body: Any = None, **query: Any) -> Any:
        """One request to the REST API as the administrator."""
        url = f"{self.url}/wp-json/wp/v2/{route}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        request = urllib.request.Request(url, method=method, data=None if body is None else json.dumps(body).encode())
        token = base64.b64encode(f"admin:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def add_many(self, count: int, *, paragraphs: int = 1) -> None:
        """Insert posts at once, without the API."""
        script = self.folder / "site" / "many-for-tests.php"
        script.write_text(_MANY % (self.port, count, paragraphs))
        subprocess.run(["php", str(script)], check=True, capture_output=True)

    def tell(self, hook: str, secret: str) -> None:
        """Let the site send notices of what changes, by the plugin that is shipped; to nobody where `hook` is empty."""
        plugins = self.folder / "site" / "wp-content" / "mu-plugins"
        plugins.mkdir(exist_ok=True)
        named = f"<?php define('SEARCH_HOOK_URL', '{hook}'); define('SEARCH_HOOK_SECRET', '{secret}');"
        (plugins / "0-settings.php").write_text(named if hook else "<?php ")
        shutil.copy(ROOT / "deploy" / "wordpress" / "search-notices.php", plugins)

    def stop(self) -> None:
        """End what was started, and remove it."""
        for process in reversed(self._processes):
            os.killpg(process.pid, signal.SIGTERM)  # PHP's workers outlive their parent
            process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, command: list[str]) -> None:
        environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": "4"}
        with (self.folder / f"{command[0]}.log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(
                    command, stdout=log, stderr=log, env=environment, cwd=self.folder, start_new_session=True
                )
            )

    def _sql(self, socket: Path, sql: str) -> bool:
        command = ["mariadb", "--no-defaults", f"--socket={socket}", "-u", "root", "-e", sql]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _eventually(check: Any, seconds: float = 60.0) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            if check():
                return
        except OSError:
            pass
        assert time.monotonic() < ends, "it did not start in time"
        time.sleep(0.2)
