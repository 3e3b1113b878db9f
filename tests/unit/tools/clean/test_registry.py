from __future__ import annotations

from pathlib import Path

from tools.clean.registry import CERTIFICATES, Registry, read_registry

LISTING = """\
:env:.disable-pip-version-check='1'
:env:.cert='/etc/company.pem'
global.cert='/etc/other.pem'
global.constraint='/home/me/constraints.txt'
global.extra-index-url='file:///srv/wheels https://two.example.org/index https://three.example.org/index'
global.find-links='/srv/wheels'
global.index-url='https://one.example.org/index'
install.trusted-host='one.example.org'
list.format='columns'
"""


def test_what_names_folders_of_this_machine_is_left_out() -> None:
    registry = read_registry(LISTING)
    assert registry.certificates == Path("/etc/company.pem")
    assert registry.options == {
        "index-url": "https://one.example.org/index",
        "extra-index-url": "https://two.example.org/index https://three.example.org/index",
        "trusted-host": "one.example.org",
    }


def test_an_index_in_a_folder_leaves_nothing() -> None:
    assert read_registry("global.extra-index-url='file:///srv/wheels'\n").options == {}


def test_pip_configuration() -> None:
    assert read_registry(LISTING).pip_configuration() == (
        "[global]\n"
        "index-url = https://one.example.org/index\n"
        "extra-index-url = https://two.example.org/index\n"
        "    https://three.example.org/index\n"
        "trusted-host = one.example.org\n"
        f"cert = {CERTIFICATES}\n"
    )
    assert Registry({}, None).pip_configuration() == "[global]\n"


def test_uv_variables() -> None:
    assert read_registry(LISTING).uv_variables() == {
        "UV_DEFAULT_INDEX": "https://one.example.org/index",
        "UV_INDEX": "https://two.example.org/index https://three.example.org/index",
        "UV_INSECURE_HOST": "one.example.org",
        "SSL_CERT_FILE": CERTIFICATES,
    }
    assert Registry({"proxy": "http://proxy:3128"}, None).uv_variables() == {"ALL_PROXY": "http://proxy:3128"}
