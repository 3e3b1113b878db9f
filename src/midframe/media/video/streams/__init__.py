"""Everything of a video file but its pictures: sound, subtitles, chapters and tags, copied or stretched."""
