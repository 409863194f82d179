"""A call counts as heard by the energy at the frequency of the other side, and by nothing else."""

from pathlib import Path

import pytest

from exporters.call_tones import heard, samples, sounding, write_tone


@pytest.mark.parametrize(("played", "seconds"), [(600, 2.0), (520, 0.0), (0, 0.0)])
def test_only_the_right_tone_is_heard(tmp_path: Path, played: float, seconds: float) -> None:
    """Another tone and silence are not."""
    write_tone(tmp_path / "a.wav", played, 2)
    assert heard(samples(tmp_path / "a.wav"), 600) == seconds


def test_a_whisper_is_silence(tmp_path: Path) -> None:
    """Noise of a quiet line may have its energy anywhere."""
    write_tone(tmp_path / "a.wav", 600, 2, amplitude=200)
    sound = samples(tmp_path / "a.wav")
    assert (heard(sound, 600), sounding(sound)) == (0, 0)


def test_a_tone_among_other_sounds_counts_while_it_outweighs_them(tmp_path: Path) -> None:
    """Half a second of music before it does not."""
    write_tone(tmp_path / "a.wav", 1040, 0.5)
    write_tone(tmp_path / "b.wav", 600, 1)
    sound = samples(tmp_path / "a.wav") + samples(tmp_path / "b.wav")
    assert (heard(sound, 600), heard(sound, 1040), sounding(sound)) == (1.0, 0.5, 1.5)


def test_a_recording_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Half the rate would halve every frequency."""
    import wave

    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\0\0" * 100)
    with pytest.raises(ValueError, match=r"16000.*wanted \(1, 2, 8000\)"):
        samples(tmp_path / "a.wav")
