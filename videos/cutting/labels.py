"""What a clip says of itself: title, credit and terms of use. Nothing of the source's own metadata goes along:
cameras write there where a journalist was, and with what.

For players as iTunes writes it, for archives as XMP: ISO 16684-1, IPTC Video Metadata.
"""

import struct
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from videos.cutting.boxes import write_box, write_full_box

XMP_ID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
UTF8 = 1
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
PREFIXES = {"x": "adobe:ns:meta/", "rdf": RDF, "dc": DC, "photoshop": PHOTOSHOP, "xmpRights": RIGHTS}
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML cannot hold at all.
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


@dataclass(frozen=True)
class Labels:
    """Texts for people; an empty one is left out. `language`: of the texts, as in BCP 47 (`fr`)."""

    title: str = ""
    credit: str = ""
    usage_terms: str = ""
    language: str = "en"


def write_udta(labels: Labels) -> bytes:
    """The labels for players, as the last box of a table of contents; empty if there are none."""
    texts = [(b"\xa9nam", labels.title), (b"\xa9ART", labels.credit), (b"cprt", labels.usage_terms)]
    items = [
        write_box(name, write_box(b"data", struct.pack(">II", UTF8, 0), text.encode())) for name, text in texts if text
    ]
    if not items:
        return b""
    hdlr = write_full_box(b"hdlr", 0, 0, struct.pack(">4x4s4s8xx", b"mdir", b"appl"))
    return write_box(b"udta", write_full_box(b"meta", 0, 0, hdlr, write_box(b"ilst", *items)))


def write_xmp(labels: Labels) -> bytes:
    """The labels for archives, as a box of the file; empty if there are none."""
    if not (labels.title or labels.credit or labels.usage_terms):
        return b""
    for prefix, space in PREFIXES.items():
        ET.register_namespace(prefix, space)
    root = ET.Element("{adobe:ns:meta/}xmpmeta")
    about = ET.SubElement(ET.SubElement(root, f"{{{RDF}}}RDF"), f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
    for name, text in ((f"{{{DC}}}title", labels.title), (f"{{{RIGHTS}}}UsageTerms", labels.usage_terms)):
        if text:
            choices = ET.SubElement(ET.SubElement(about, name), f"{{{RDF}}}Alt")
            for language in ("x-default", labels.language):
                ET.SubElement(choices, f"{{{RDF}}}li", {XML_LANGUAGE: language}).text = text.translate(CONTROLS)
    if labels.credit:
        ET.SubElement(about, f"{{{PHOTOSHOP}}}Credit").text = labels.credit.translate(CONTROLS)
    return write_box(b"uuid", XMP_ID, ET.tostring(root, encoding="utf-8"))
