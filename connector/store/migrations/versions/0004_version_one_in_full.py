"""Make room for summaries, figures, deletions, messages to one person and saved views of the report"""

import hashlib

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('daily_figures',
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('day', sa.Integer(), nullable=False),
    sa.Column('activity_group', sa.String(length=40), nullable=False),
    sa.Column('activity', sa.String(length=80), nullable=False),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_daily_figures_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'message_id', 'day', 'activity_group', 'activity', 'link_id', name=op.f('pk_daily_figures'))
    )
    with op.batch_alter_table('daily_figures', schema=None) as batch_op:
        batch_op.create_index('ix_daily_figures_org_id_day', ['org_id', 'day'], unique=False)

    op.create_table('figures',
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('activity_group', sa.String(length=40), nullable=False),
    sa.Column('activity', sa.String(length=80), nullable=False),
    sa.Column('count', sa.BigInteger(), nullable=False),
    sa.Column('people', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_figures_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'message_id', 'activity_group', 'activity', name=op.f('pk_figures'))
    )
    op.create_table('message_groups',
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('group_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_message_groups_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'message_id', 'group_id', name=op.f('pk_message_groups'))
    )
    op.create_table('owners',
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('id', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_owners_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'id', name=op.f('pk_owners'))
    )
    op.create_table('scopes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=True),
    sa.Column('person_id', sa.String(length=18), server_default='', nullable=False),
    sa.Column('activity_group', sa.String(length=40), server_default='', nullable=False),
    sa.Column('object', sa.String(length=80), server_default='', nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('from_at', sa.BigInteger(), nullable=True),
    sa.Column('before_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_scopes_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scopes'))
    )
    with op.batch_alter_table('scopes', schema=None) as batch_op:
        batch_op.create_index('uq_scopes_org_id', ['org_id', 'digest'], unique=True)

    op.create_table('deletions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('scope_id', sa.Integer(), nullable=False),
    sa.Column('tombstone', sa.Boolean(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('expected', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('restored_by', sa.Integer(), nullable=True),
    sa.Column('restored_at', sa.BigInteger(), nullable=True),
    sa.Column('brought_back_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_deletions_made_by_users')),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_deletions_org_id_orgs')),
    sa.ForeignKeyConstraint(['restored_by'], ['users.id'], name=op.f('fk_deletions_restored_by_users')),
    sa.ForeignKeyConstraint(['scope_id'], ['scopes.id'], name=op.f('fk_deletions_scope_id_scopes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deletions'))
    )
    with op.batch_alter_table('deletions', schema=None) as batch_op:
        batch_op.create_index('ix_deletions_org_id', ['org_id', 'id'], unique=False)

    op.create_table('deleted_rows',
    sa.Column('deletion_id', sa.Integer(), nullable=False),
    sa.Column('placement_id', sa.Integer(), nullable=False),
    sa.Column('object', sa.String(length=80), nullable=False),
    sa.Column('external_key', sa.String(length=80), nullable=False),
    sa.Column('salesforce_id', sa.String(length=18), nullable=False),
    sa.Column('person_id', sa.String(length=18), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('activity_group', sa.String(length=40), nullable=False),
    sa.Column('deleted_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['deletion_id'], ['deletions.id'], name=op.f('fk_deleted_rows_deletion_id_deletions')),
    sa.PrimaryKeyConstraint('deletion_id', 'placement_id', name=op.f('pk_deleted_rows'))
    )
    op.create_table('saved_views',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_saved_views_org_id_orgs')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_saved_views_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views'))
    )
    with op.batch_alter_table('saved_views', schema=None) as batch_op:
        batch_op.create_index('uq_saved_views_org_id', ['org_id', 'user_id', 'name'], unique=True)

    op.create_table('single_sends',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.String(length=18), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('message_name', sa.String(length=255), server_default='', nullable=False),
    sa.Column('ticket', sa.String(length=64), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('address', sa.String(length=255), nullable=False),
    sa.Column('recipient_id', sa.BigInteger(), nullable=True),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('advice', sa.Text(), server_default='', nullable=False),
    sa.Column('vendor_job', sa.BigInteger(), nullable=True),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('given_at', sa.BigInteger(), nullable=True),
    sa.Column('sent_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_single_sends_org_id_orgs')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_single_sends_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_single_sends'))
    )
    with op.batch_alter_table('single_sends', schema=None) as batch_op:
        batch_op.create_index('ix_single_sends_org_id', ['org_id', 'person_id', 'id'], unique=False)
        batch_op.create_index('uq_single_sends_ticket', ['org_id', 'ticket'], unique=True)

    with op.batch_alter_table('facts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_facts_org_id_recipient_id'))
        batch_op.create_index('ix_facts_org_id_recipient_id', ['org_id', 'recipient_id', 'message_id'], unique=False)

    with op.batch_alter_table('kind_choices', schema=None) as batch_op:
        batch_op.add_column(sa.Column('fill_after', sa.String(length=32), nullable=True))

    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.add_column(sa.Column('url_hash', sa.String(length=16), server_default='', nullable=False))
        batch_op.add_column(sa.Column('clicks', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('people', sa.BigInteger(), server_default='0', nullable=False))

    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stale', sa.Boolean(), server_default='1', nullable=False))
        batch_op.create_index('ix_messages_stale', ['org_id', 'id'], unique=False, sqlite_where=sa.text('stale'), postgresql_where=sa.text('stale'))

    with op.batch_alter_table('nights', schema=None) as batch_op:
        batch_op.add_column(sa.Column('figures_zone', sa.String(length=64), server_default='', nullable=False))

    with op.batch_alter_table('people', schema=None) as batch_op:
        batch_op.add_column(sa.Column('owner_id', sa.String(length=18), server_default='', nullable=False))

    with op.batch_alter_table('placements', schema=None) as batch_op:
        batch_op.add_column(sa.Column('recipient_id', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('link_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('deletion_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_placements_deletion_id', ['deletion_id', 'state'], unique=False, sqlite_where=sa.text('deletion_id IS NOT NULL'), postgresql_where=sa.text('deletion_id IS NOT NULL'))


    links = sa.table('links', sa.column('id', sa.Integer), sa.column('url', sa.Text), sa.column('url_hash', sa.String))
    connection = op.get_bind()
    for number, url in connection.execute(sa.select(links.c.id, links.c.url)).all():
        found = hashlib.blake2b(url.encode(), digest_size=8).hexdigest()
        connection.execute(links.update().where(links.c.id == number).values(url_hash=found))
    # people are read anew, with whom they belong to
    op.execute("DELETE FROM watermarks WHERE subject IN ('Contact', 'Lead')")

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.alter_column('run_id', existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column('what', existing_type=sa.String(length=40), type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    # what was at work before knows one list in Salesforce, no deletion and fewer kinds of runs
    op.execute(
        "UPDATE runs SET kind = 'activity', state = 'Cancelled' "
        "WHERE kind IN ('update', 'back-fill', 'write', 'deletion', 'single send')"
    )
    op.execute("DELETE FROM tickets WHERE run_id IS NULL OR length(what) > 40")
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.alter_column('what', existing_type=sa.Text(), type_=sa.String(length=40), existing_nullable=False)
        batch_op.alter_column('run_id', existing_type=sa.Integer(), nullable=False)

    op.execute("DELETE FROM placements WHERE fact_key IS NULL OR state = 'deleted'")
    op.execute("UPDATE placements SET state = 'written' WHERE state = 'to delete'")
    op.execute("UPDATE kind_choices SET mode = 'History' WHERE mode IN ('Summary', 'Summary and History')")
    with op.batch_alter_table('placements', recreate='never') as batch_op:
        batch_op.drop_index('ix_placements_deletion_id', sqlite_where=sa.text('deletion_id IS NOT NULL'), postgresql_where=sa.text('deletion_id IS NOT NULL'))
        batch_op.drop_column('deletion_id')
        batch_op.drop_column('link_id')
        batch_op.drop_column('recipient_id')

    with op.batch_alter_table('people', recreate='never') as batch_op:
        batch_op.drop_column('owner_id')

    with op.batch_alter_table('nights', recreate='never') as batch_op:
        batch_op.drop_column('figures_zone')

    with op.batch_alter_table('messages', recreate='never') as batch_op:
        batch_op.drop_index('ix_messages_stale', sqlite_where=sa.text('stale'), postgresql_where=sa.text('stale'))
        batch_op.drop_column('stale')

    with op.batch_alter_table('links', recreate='never') as batch_op:
        batch_op.drop_column('people')
        batch_op.drop_column('clicks')
        batch_op.drop_column('url_hash')

    with op.batch_alter_table('kind_choices', recreate='never') as batch_op:
        batch_op.drop_column('fill_after')

    with op.batch_alter_table('facts', schema=None) as batch_op:
        batch_op.drop_index('ix_facts_org_id_recipient_id')
        batch_op.create_index(batch_op.f('ix_facts_org_id_recipient_id'), ['org_id', 'recipient_id'], unique=False)

    with op.batch_alter_table('single_sends', schema=None) as batch_op:
        batch_op.drop_index('uq_single_sends_ticket')
        batch_op.drop_index('ix_single_sends_org_id')

    op.drop_table('single_sends')
    with op.batch_alter_table('saved_views', schema=None) as batch_op:
        batch_op.drop_index('uq_saved_views_org_id')

    op.drop_table('saved_views')
    op.drop_table('deleted_rows')
    with op.batch_alter_table('deletions', schema=None) as batch_op:
        batch_op.drop_index('ix_deletions_org_id')

    op.drop_table('deletions')
    with op.batch_alter_table('scopes', schema=None) as batch_op:
        batch_op.drop_index('uq_scopes_org_id')

    op.drop_table('scopes')
    op.drop_table('owners')
    op.drop_table('message_groups')
    op.drop_table('figures')
    with op.batch_alter_table('daily_figures', schema=None) as batch_op:
        batch_op.drop_index('ix_daily_figures_org_id_day')

    op.drop_table('daily_figures')
