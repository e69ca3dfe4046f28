"""An upload becomes a video: facts, poster. The only place, with clips, where video libraries are used."""
