({
    tellTheRecord: function (component) {
        component.set("v.parameters", JSON.stringify({ recordId: component.get("v.recordId") }));
    }
})
