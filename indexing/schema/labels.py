"""Labels that several types share."""

from indexing.schema.fields import label

CONDITION = label(
    name="condition",
    vocabulary="taxonomy",
    is_offered=True,
    sentence="Treats",
    lacking="that don't name {}",
    given_up=6,
    columns=("conditions", "condition", "conditions treated", "condiciones", "padecimientos", "afecciones"),
)
TREATMENT = label(
    name="treatment",
    vocabulary="taxonomy",
    is_offered=True,
    sentence="Offers",
    lacking="that don't list {}",
    given_up=8,
    columns=("treatments", "treatment", "services", "modalities", "tratamientos", "tratamiento", "servicios"),
)
