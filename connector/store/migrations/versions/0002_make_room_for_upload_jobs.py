"""Make room for upload jobs: their audiences, chunks and sends, and leases by name"""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_BEFORE = sa.text("state IN ('Queued', 'Running', 'Paused')")
_HAS_LINES = sa.text('has_lines')
_OPTED_OUT = sa.text('opted_out')
_REFUSED = sa.text('refusal IS NOT NULL')
_UNFINISHED = sa.text("state IN ('Queued', 'Running', 'Paused', 'Held')")


def _make_leases_again(named: bool) -> None:
    """A primary key cannot be changed on SQLite: the table is made again around its rows."""
    op.execute("CREATE TABLE leases_kept AS SELECT * FROM leases")
    op.drop_table('leases')
    op.create_table('leases',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    *([sa.Column('name', sa.String(length=40), nullable=False)] if named else []),
    sa.Column('owner', sa.String(length=80), nullable=False),
    sa.Column('fence', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('org_id', *(['name'] if named else []), name=op.f('pk_leases'))
    )
    if named:
        op.execute(
            "INSERT INTO leases (org_id, name, owner, fence, expires_at) "
            "SELECT org_id, 'activity', owner, fence, expires_at FROM leases_kept"
        )
    else:
        op.execute(
            "INSERT INTO leases (org_id, owner, fence, expires_at) "
            "SELECT org_id, max(owner), max(fence), max(expires_at) FROM leases_kept GROUP BY org_id"
        )
    op.drop_table('leases_kept')


def upgrade() -> None:
    op.create_table('api_keys',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('used_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_api_keys_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('hash', name=op.f('uq_api_keys_hash'))
    )
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.create_index('ix_api_keys_org_id', ['org_id'], unique=False)

    op.create_table('sends',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('ticket', sa.String(length=64), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('message_name', sa.String(length=255), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('sender', sa.String(length=255), nullable=False),
    sa.Column('group_ids', sa.Text(), nullable=False),
    sa.Column('group_names', sa.Text(), nullable=False),
    sa.Column('promised', sa.Text(), server_default='[]', nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('refresh_runs', sa.Text(), server_default='[]', nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('sent_before', sa.BigInteger(), nullable=True),
    sa.Column('asked_at', sa.BigInteger(), nullable=True),
    sa.Column('vendor_id', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('advice', sa.Text(), server_default='', nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('dismissed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_sends_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sends'))
    )
    with op.batch_alter_table('sends', schema=None) as batch_op:
        batch_op.create_index('ix_sends_org_id', ['org_id', 'due_at'], unique=False)
        batch_op.create_index('ix_sends_state', ['state', 'due_at'], unique=False)
        batch_op.create_index('uq_sends_ticket', ['org_id', 'ticket'], unique=True)

    op.create_table('upload_jobs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=255), server_default='', nullable=False),
    sa.Column('edits_id', sa.Integer(), nullable=True),
    sa.Column('entries', sa.Text(), server_default='{}', nullable=False),
    sa.Column('definition', sa.Text(), server_default='', nullable=False),
    sa.Column('source_kind', sa.String(length=20), server_default='', nullable=False),
    sa.Column('source_id', sa.String(length=18), server_default='', nullable=False),
    sa.Column('group_id', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('preview_run_id', sa.Integer(), nullable=True),
    sa.Column('next_run_at', sa.BigInteger(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_upload_jobs_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload_jobs'))
    )
    with op.batch_alter_table('upload_jobs', schema=None) as batch_op:
        batch_op.create_index('ix_upload_jobs_group', ['org_id', 'group_id'], unique=False)
        batch_op.create_index('ix_upload_jobs_next_run_at', ['next_run_at'], unique=False)
        batch_op.create_index('ix_upload_jobs_org_id', ['org_id', 'state', 'changed_at'], unique=False)
        batch_op.create_index('ix_upload_jobs_source', ['org_id', 'source_id'], unique=False)

    op.create_table('audience',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=18), server_default='', nullable=False),
    sa.Column('name', sa.String(length=255), server_default='', nullable=False),
    sa.Column('address', sa.String(length=255), server_default='', nullable=False),
    sa.Column('identity', sa.String(length=255), server_default='', nullable=False),
    sa.Column('reason', sa.String(length=20), server_default='', nullable=False),
    sa.Column('detail', sa.String(length=255), server_default='', nullable=False),
    sa.Column('line', sa.Text(), server_default='', nullable=False),
    sa.Column('opted_out', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('chunk', sa.Integer(), nullable=True),
    sa.Column('refusal', sa.String(length=255), nullable=True),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_audience_run_id_runs')),
    sa.PrimaryKeyConstraint('run_id', 'place', name=op.f('pk_audience')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('audience', schema=None) as batch_op:
        batch_op.create_index('ix_audience_identity', ['run_id', 'identity', 'reason'], unique=False)
        batch_op.create_index('ix_audience_refusal', ['run_id', 'refusal'], unique=False, sqlite_where=_REFUSED, postgresql_where=_REFUSED)
        batch_op.create_index('ix_audience_opted_out', ['run_id', 'opted_out', 'identity', 'address'], unique=False, sqlite_where=_OPTED_OUT, postgresql_where=_OPTED_OUT)
        batch_op.create_index('ix_audience_reason', ['run_id', 'reason', 'place'], unique=False)

    op.create_table('upload_chunks',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), server_default='waiting', nullable=False),
    sa.Column('replaces', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('extra', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('first_place', sa.Integer(), nullable=False),
    sa.Column('last_place', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('vendor_id', sa.BigInteger(), nullable=True),
    sa.Column('asked_at', sa.BigInteger(), nullable=True),
    sa.Column('group_members', sa.BigInteger(), nullable=True),
    sa.Column('group_updated', sa.BigInteger(), nullable=True),
    sa.Column('good', sa.Integer(), server_default='0', nullable=False),
    sa.Column('added', sa.Integer(), server_default='0', nullable=False),
    sa.Column('updated', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_upload_chunks_run_id_runs')),
    sa.PrimaryKeyConstraint('run_id', 'number', name=op.f('pk_upload_chunks'))
    )
    op.create_table('upload_terms',
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('definition', sa.Text(), nullable=False),
    sa.Column('held_for', sa.String(length=20), server_default='', nullable=False),
    sa.Column('held_change', sa.Integer(), server_default='0', nullable=False),
    sa.Column('read_at', sa.BigInteger(), nullable=True),
    sa.Column('touched', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('has_lines', sa.Boolean(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_upload_terms_run_id_runs')),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_upload_terms'))
    )
    with op.batch_alter_table('upload_terms', schema=None) as batch_op:
        batch_op.create_index('ix_upload_terms_lines', ['run_id'], unique=False, sqlite_where=_HAS_LINES, postgresql_where=_HAS_LINES)

    op.create_table('tickets',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=40), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_tickets_org_id_orgs')),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_tickets_run_id_runs')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_tickets_user_id_users')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_tickets'))
    )
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.create_index('ix_tickets_expires_at', ['expires_at'], unique=False)

    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('record_id', sa.String(length=18), server_default='', nullable=False))

    with op.batch_alter_table('runs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('subject_id', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('lease', sa.String(length=40), server_default='activity', nullable=False))
        batch_op.add_column(sa.Column('approved', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('note', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('about_run', sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f('uq_runs_unfinished'), sqlite_where=_BEFORE, postgresql_where=_BEFORE)
        batch_op.create_index('uq_runs_unfinished', ['org_id', 'kind', 'subject_id'], unique=True, sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED)
        batch_op.create_index('ix_runs_subject', ['org_id', 'kind', 'subject_id', 'id'], unique=False)
    _make_leases_again(named=True)


def downgrade() -> None:
    # what the revision before does not know would stand in the way of its index
    op.execute("UPDATE runs SET state = 'Cancelled' WHERE kind <> 'activity' OR state = 'Held'")
    with op.batch_alter_table('runs', schema=None) as batch_op:
        batch_op.drop_index('ix_runs_subject')
        batch_op.drop_index('uq_runs_unfinished', sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED)
        batch_op.create_index(batch_op.f('uq_runs_unfinished'), ['org_id', 'kind'], unique=True, sqlite_where=_BEFORE, postgresql_where=_BEFORE)

    for column in ('about_run', 'note', 'approved', 'lease', 'subject_id'):
        op.execute(f"ALTER TABLE runs DROP COLUMN {column}")  # in place: other tables point at this one

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_index('ix_tickets_expires_at')

    op.drop_table('tickets')
    with op.batch_alter_table('upload_terms', schema=None) as batch_op:
        batch_op.drop_index('ix_upload_terms_lines', sqlite_where=_HAS_LINES, postgresql_where=_HAS_LINES)

    op.drop_table('upload_terms')
    op.drop_table('upload_chunks')
    with op.batch_alter_table('audience', schema=None) as batch_op:
        batch_op.drop_index('ix_audience_reason')
        batch_op.drop_index('ix_audience_refusal', sqlite_where=_REFUSED, postgresql_where=_REFUSED)
        batch_op.drop_index('ix_audience_opted_out', sqlite_where=_OPTED_OUT, postgresql_where=_OPTED_OUT)
        batch_op.drop_index('ix_audience_identity')

    op.drop_table('audience')
    with op.batch_alter_table('upload_jobs', schema=None) as batch_op:
        batch_op.drop_index('ix_upload_jobs_source')
        batch_op.drop_index('ix_upload_jobs_org_id')
        batch_op.drop_index('ix_upload_jobs_next_run_at')
        batch_op.drop_index('ix_upload_jobs_group')

    op.drop_table('upload_jobs')
    with op.batch_alter_table('sends', schema=None) as batch_op:
        batch_op.drop_index('uq_sends_ticket')
        batch_op.drop_index('ix_sends_state')
        batch_op.drop_index('ix_sends_org_id')

    op.drop_table('sends')
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.drop_index('ix_api_keys_org_id')

    op.drop_table('api_keys')
    _make_leases_again(named=False)
