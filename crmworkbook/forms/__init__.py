"""The form of a chapter in a workshop: what there is to fill in, and what to do with what people type.

``typed`` turns values into what stands in a field and back, ``spec`` lists the fields of a chapter, ``form`` is the
widget: it shows the list, saves what comes in and answers. What a group does together has its own modules: ``scores``
and ``score_file`` for statements, ``votes`` for dots. How it looks is ``form.js``, ``meeting.js`` and ``form.css`` in
``static``. Nothing is kept here: the client folder is the only memory, and `crmworkbook.saving` its only writer.
"""
