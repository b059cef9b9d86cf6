"""The demo production as tables. Data only; `production` puts it on the sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROJECT_NAME: Final = "Lantern Bay"
PROJECT_CODE: Final = "lantern_bay"
PROJECT_DESCRIPTION: Final = "A lighthouse keeper and an otter look for the light that went out."
#: Key of the Jira project.
JIRA_KEY: Final = "LAN"
SEQUENCE: Final = "SQ010"


@dataclass(frozen=True)
class PersonRow:
    """Someone who works on the production; `in_jira` is false for those FPTR alone knows."""

    name: str
    login: str
    email: str
    in_jira: bool = True


def _crew(name: str, login: str, in_jira: bool = True) -> PersonRow:
    return PersonRow(name, login, f"{login}@lantern-bay.example", in_jira)


#: The first one is the producer, who made all records.
PEOPLE: Final = (
    _crew("Mira Halvorsen", "mira"),
    _crew("Tomás Quiroga", "tomas"),
    _crew("Ines Okafor", "ines"),
    _crew("Jonas Albrecht", "jonas"),
    _crew("Yuki Tanabe", "yuki"),
    _crew("Priya Raman", "priya"),
    _crew("Luca Ferri", "luca"),
    _crew("Saoirse Byrne", "saoirse"),
    _crew("Odette Vance", "odette", in_jira=False),
)

#: Pipeline steps: name, short name.
STEPS: Final = (
    ("Model", "MDL"),
    ("Surface", "SRF"),
    ("Rig", "RIG"),
    ("Layout", "LAY"),
    ("Animation", "ANM"),
    ("Lighting", "LGT"),
    ("Compositing", "CMP"),
)

#: The last one holds a blank, which a Jira label cannot.
TAGS: Final = ("hero", "fur", "water", "night", "crowd", "client review")

#: Name, type.
ASSETS: Final = (
    ("Pip", "Character"),
    ("Old Nerys", "Character"),
    ("Lamp Room", "Environment"),
    ("Harbour", "Environment"),
    ("Brass Lantern", "Prop"),
    ("Rowing Boat", "Vehicle"),
)

#: Code, first and last frame.
SHOTS: Final = (
    ("SQ010_0010", 1001, 1096),
    ("SQ010_0020", 1001, 1144),
    ("SQ010_0030", 1001, 1060),
    ("SQ010_0040", 1001, 1220),
)


@dataclass(frozen=True)
class TaskRow:
    """A Task: `link` names its Asset or Shot, `assignees` are logins, `due` counts days from the
    first day of the production, `days` is the estimate in days of eight hours."""

    content: str
    link: str
    step: str
    status: str
    assignees: tuple[str, ...]
    due: int | None
    days: float | None
    tags: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    description: str = ""


TASKS: Final = (
    TaskRow(
        "Model Pip", "Pip", "Model", "fin", ("ines",), 4, 5, ("hero",), ("saoirse",),
        "The otter reads at thumbnail size: big head, short tail.\nKeep the paws separate meshes.",
    ),
    TaskRow(
        "Surface Pip", "Pip", "Surface", "ip", ("priya",), 11, 4, ("hero", "fur"), (),
        "Wet and dry fur, blended by one attribute.",
    ),
    TaskRow(
        "Rig Pip", "Pip", "Rig", "rdy", ("jonas", "tomas"), 12, 6, ("hero",), ("mira", "saoirse"),
        "Spine stretches to 120 %. The tail needs its own dynamics.",
    ),
    TaskRow("Model Old Nerys", "Old Nerys", "Model", "fin", ("ines",), 6, 5, ("hero",)),
    TaskRow("Surface Old Nerys", "Old Nerys", "Surface", "ip", ("priya",), 13, 4, ("hero",)),
    TaskRow(
        "Rig Old Nerys", "Old Nerys", "Rig", "wtg", ("jonas",), 18, 6, ("hero",), (),
        "Coat and scarf are simulated, the rig only carries them.",
    ),
    TaskRow("Model Lamp Room", "Lamp Room", "Model", "ip", ("ines",), 9, 4),
    TaskRow("Surface Lamp Room", "Lamp Room", "Surface", "wtg", (), 16, 3, ("night",)),
    TaskRow("Model Harbour", "Harbour", "Model", "ip", ("odette",), 14, 8, ("water",)),
    TaskRow(
        "Surface Harbour", "Harbour", "Surface", "wtg", ("priya", "odette"), 21, 5,
        ("water", "night"),
    ),
    TaskRow("Model Brass Lantern", "Brass Lantern", "Model", "fin", ("ines",), 2, 1.5),
    TaskRow(
        "Surface Brass Lantern", "Brass Lantern", "Surface", "rdy", ("priya",), 8, 2, ("hero",),
        ("luca",), "Scratches where the keeper's hand has been for forty years.",
    ),
    TaskRow("Model Rowing Boat", "Rowing Boat", "Model", "hld", (), None, 2, ("water",)),
    TaskRow("Surface Rowing Boat", "Rowing Boat", "Surface", "omt", (), None, None),
    TaskRow("Lay out SQ010_0010", "SQ010_0010", "Layout", "fin", ("luca",), 3, 1),
    TaskRow(
        "Animate SQ010_0010", "SQ010_0010", "Animation", "ip", ("tomas",), 15, 4, ("hero",),
        ("mira",), "Pip finds the lantern dark. Hold on the reflection for eight frames.",
    ),
    TaskRow("Light SQ010_0010", "SQ010_0010", "Lighting", "wtg", ("yuki",), 20, 2, ("night",)),
    TaskRow("Comp SQ010_0010", "SQ010_0010", "Compositing", "wtg", ("yuki",), 23, 1),
    TaskRow("Lay out SQ010_0020", "SQ010_0020", "Layout", "fin", ("luca",), 4, 1),
    TaskRow("Animate SQ010_0020", "SQ010_0020", "Animation", "rdy", ("tomas",), 19, 5, ("water",)),
    TaskRow("Light SQ010_0020", "SQ010_0020", "Lighting", "wtg", ("yuki",), 24, 2, ("night",)),
    TaskRow("Comp SQ010_0020", "SQ010_0020", "Compositing", "wtg", (), 26, 1.5),
    TaskRow("Lay out SQ010_0030", "SQ010_0030", "Layout", "ip", ("luca",), 7, 1),
    TaskRow("Animate SQ010_0030", "SQ010_0030", "Animation", "wtg", ("tomas",), 22, 3),
    TaskRow("Light SQ010_0030", "SQ010_0030", "Lighting", "wtg", ("yuki",), 27, 2),
    TaskRow("Comp SQ010_0030", "SQ010_0030", "Compositing", "wtg", (), 28, 1),
    TaskRow("Lay out SQ010_0040", "SQ010_0040", "Layout", "rdy", ("luca",), 10, 1.5),
    TaskRow(
        "Animate SQ010_0040", "SQ010_0040", "Animation", "wtg", ("tomas",), 25, 7,
        ("crowd", "client review"), (), "All the boats leave the harbour at once.",
    ),
    TaskRow("Light SQ010_0040", "SQ010_0040", "Lighting", "wtg", ("yuki",), 29, 3, ("night",)),
    TaskRow("Comp SQ010_0040", "SQ010_0040", "Compositing", "wtg", (), 31, 2),
)  # fmt: skip

#: Task, login of the author, subject, content.
NOTES: Final = (
    ("Model Pip", "mira", "Approved", "Lovely. Please publish the turntable."),
    ("Surface Pip", "tomas", "Whiskers", "They flicker in motion, can they be a bit thicker?"),
    (
        "Rig Pip",
        "mira",
        "Shoulders",
        "The shoulders collapse when Pip reaches up.\nSee frame 1044.",
    ),
    ("Rig Pip", "tomas", "Tail", "Could the tail have a {simple} control for blocking?"),
    ("Surface Harbour", "mira", "Tide marks", "Add tide marks along the quay wall."),
    ("Surface Brass Lantern", "luca", "Reference", "Photographs are in the shared folder."),
    ("Animate SQ010_0010", "mira", "Timing", "The turn wants four frames more."),
    ("Light SQ010_0010", "saoirse", "Schedule", "Client sees this one on Thursday."),
)

#: Task, login, day counted from the first one, minutes, description.
TIME_LOGS: Final = (
    ("Model Pip", "ines", 0, 480, "Blocking"),
    ("Model Pip", "ines", 1, 420, "Paws and head"),
    ("Surface Pip", "priya", 2, 300, "Dry fur"),
    ("Rig Pip", "jonas", 2, 240, "Spine"),
    ("Animate SQ010_0010", "tomas", 3, 360, "Key poses"),
    ("Lay out SQ010_0010", "luca", 0, 450, "Camera"),
)
