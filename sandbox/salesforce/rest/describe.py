"""/sobjects and describe: what this user can see of the schema, with every key the vendor sends."""

from flask import Blueprint, Response, g

from sandbox.salesforce.access import Access
from sandbox.salesforce.gate import access, answer, backstage
from sandbox.salesforce.rest.records import readable_object
from sandbox.salesforce.schema import Field, SObject

describes = Blueprint("describes", __name__, url_prefix="/services/data/<version>/sobjects")
_SOAP = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime",
}  # fmt: skip


@describes.url_value_preprocessor
def _drop_version(_endpoint: str | None, values: dict[str, str] | None) -> None:
    if values is not None:
        values.pop("version", None)


def _summary(sobject: SObject, rights: Access) -> dict[str, object]:
    """The part of a describe that the global list has too."""
    can = rights.object_rights(sobject)
    base = f"/services/data/{g.version}/sobjects/{sobject.name}"
    urls = {
        "sobject": base,
        "describe": f"{base}/describe",
        "rowTemplate": f"{base}/{{ID}}",
        "listviews": f"{base}/listviews",
        "layouts": f"{base}/describe/layouts",
        "quickActions": f"{base}/quickActions",
        "compactLayouts": f"{base}/describe/compactLayouts",
        "approvalLayouts": f"{base}/describe/approvalLayouts",
        "uiDetailTemplate": f"{backstage().options.instance_url}/{{ID}}",
        "uiEditTemplate": f"{backstage().options.instance_url}/{{ID}}/e",
        "uiNewRecord": f"{backstage().options.instance_url}/{sobject.prefix}/e",
    }
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": can.create,
        "custom": sobject.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": can.delete,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": True,
        "mergeable": sobject.find("MasterRecordId") is not None and can.delete,
        "mruEnabled": True,
        "name": sobject.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": not sobject.custom,
        "triggerable": True,
        "undeletable": can.delete,
        "updateable": can.edit,
        "urls": urls,
    }


def _picklist(field: Field) -> list[dict[str, object]]:
    return [
        {
            "active": True,
            "defaultValue": value == field.default,
            "label": value,
            "validFor": None,
            "value": value,
        }
        for value in field.values
    ]


def _field(field: Field, sobject: SObject, rights: Access) -> dict[str, object]:
    editable = rights.editable(sobject, field)
    has_length = field.is_text or field.type in ("id", "reference")
    filterable, number = not field.is_long, field.is_number
    relationship = field.relationship if field.reference_to else None
    return {
        "aggregatable": filterable and field.type != "boolean",
        "aiPredictionField": False,
        "autoNumber": field.auto_number is not None,
        "byteLength": field.length * 3 if field.is_text else field.length,
        "calculated": False,
        "calculatedFormula": None,
        "cascadeDelete": field.on_delete == "Cascade",
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": "Name" if field.name in ("FirstName", "LastName", "Salutation") else None,
        "controllerName": None,
        "createable": field.createable and editable,
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" else None,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.type == "boolean" or field.name == "OwnerId" or not field.createable,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.precision if field.type == "int" else 0,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": "plaintextarea" if field.is_long else None,
        "filterable": filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": filterable and field.type != "datetime" and not number,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": field.id_lookup,
        "inlineHelpText": field.help,
        "label": field.label,
        "length": field.length if has_length else 0,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.name == sobject.name_field,
        "namePointing": False,
        "nillable": not field.required and field.type not in ("id", "boolean") and not field.name.startswith("System"),
        "permissionable": field.permissionable,
        "picklistValues": _picklist(field),
        "polymorphicForeignKey": False,
        "precision": field.precision if field.type != "int" else 0,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": relationship,
        "relationshipOrder": None,
        "restrictedDelete": field.on_delete == "Restrict",
        "restrictedPicklist": False,
        "scale": field.scale,
        "searchPrefilterable": False,
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "sortable": filterable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable and editable,
        "writeRequiresMasterRead": False,
    }


def _children(sobject: SObject, rights: Access) -> list[dict[str, object]]:
    return [
        {
            "cascadeDelete": lookup.on_delete == "Cascade",
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": lookup.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": lookup.child_relationship,
            "restrictedDelete": lookup.on_delete == "Restrict",
        }
        for child, lookup in backstage().org.schema.children(sobject.name)
        if rights.object_rights(child).read and rights.readable(child, lookup)
    ]


@describes.get("")
@describes.get("/")
def everything() -> Response:
    rights = access()
    listed = [_summary(item, rights) for item in backstage().org.schema if rights.object_rights(item).read]
    return answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


@describes.get("/<name>")
@describes.get("/<name>/")
def basics(name: str) -> Response:
    sobject = readable_object(name)
    return answer({"objectDescribe": _summary(sobject, access()), "recentItems": []})


@describes.get("/<name>/describe")
@describes.get("/<name>/describe/")
def describe(name: str) -> Response:
    sobject, rights = readable_object(name), access()
    body = _summary(sobject, rights) | {
        "actionOverrides": [],
        "childRelationships": _children(sobject, rights),
        "compactLayoutable": True,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [_field(item, sobject, rights) for item in rights.visible_fields(sobject)],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [],
        "searchLayoutable": True,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": "All records", "name": "everything"},
            {"label": "My records", "name": "mine"},
        ],
    }
    return answer(dict(sorted(body.items())))
