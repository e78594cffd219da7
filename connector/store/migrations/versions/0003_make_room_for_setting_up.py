"""Make room for setting an organization up from the app: set-ups, hand-overs, deployments and rights"""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('right_defaults',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('holder', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('area', sa.String(length=20), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_right_defaults_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'holder', 'name', 'area', name=op.f('pk_right_defaults'))
    )
    op.create_table('setups',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('session_hash', sa.String(length=64), server_default='', nullable=False),
    sa.Column('opened_at', sa.BigInteger(), nullable=True),
    sa.Column('salesforce_id', sa.String(length=18), server_default='', nullable=False),
    sa.Column('my_domain', sa.String(length=255), server_default='', nullable=False),
    sa.Column('consumer_key', sa.String(length=255), server_default='', nullable=False),
    sa.Column('consumer_secret', sa.Text(), server_default='', nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=True),
    sa.Column('finished_at', sa.BigInteger(), nullable=True),
    sa.Column('told', sa.Text(), server_default='', nullable=False),
    sa.Column('only_for', sa.String(length=18), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_setups_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setups'))
    )
    with op.batch_alter_table('setups', schema=None) as batch_op:
        batch_op.create_index('ix_setups_session_hash', ['session_hash'], unique=False)
        batch_op.create_index('uq_setups_code_hash', ['code_hash'], unique=True)

    op.create_table('examinations',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('examined_at', sa.BigInteger(), nullable=False),
    sa.Column('blocking', sa.Integer(), nullable=False),
    sa.Column('warning', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_examinations_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', name=op.f('pk_examinations'))
    )
    op.create_table('deployments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('salesforce_id', sa.String(length=18), nullable=False),
    sa.Column('state', sa.String(length=20), server_default='Pending', nullable=False),
    sa.Column('deployed', sa.Integer(), server_default='0', nullable=False),
    sa.Column('total', sa.Integer(), server_default='0', nullable=False),
    sa.Column('errors', sa.Text(), server_default='[]', nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('finished_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_deployments_org_id_orgs')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_deployments_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deployments'))
    )
    with op.batch_alter_table('deployments', schema=None) as batch_op:
        batch_op.create_index('ix_deployments_org_id', ['org_id', 'id'], unique=False)
        batch_op.create_index('uq_deployments_unfinished', ['org_id'], unique=True, sqlite_where=sa.text('finished_at IS NULL'), postgresql_where=sa.text('finished_at IS NULL'))

    op.create_table('handovers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('setup_id', sa.Integer(), nullable=True),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('ticket_hash', sa.String(length=64), nullable=False),
    sa.Column('state_hash', sa.String(length=64), server_default='', nullable=False),
    sa.Column('browser_hash', sa.String(length=64), server_default='', nullable=False),
    sa.Column('draft', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('came_back_at', sa.BigInteger(), nullable=True),
    sa.Column('outcome', sa.String(length=20), server_default='', nullable=False),
    sa.Column('words', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_handovers_org_id_orgs')),
    sa.ForeignKeyConstraint(['setup_id'], ['setups.id'], name=op.f('fk_handovers_setup_id_setups')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_handovers_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handovers'))
    )
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.create_index('ix_handovers_expires_at', ['expires_at'], unique=False)
        batch_op.create_index('ix_handovers_state_hash', ['state_hash'], unique=False)
        batch_op.create_index('uq_handovers_ticket_hash', ['ticket_hash'], unique=True)

    op.create_table('user_rights',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('area', sa.String(length=20), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_user_rights_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'area', name=op.f('pk_user_rights'))
    )
    with op.batch_alter_table('orgs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('consumer_key', sa.String(length=255), server_default='', nullable=False))
        batch_op.add_column(sa.Column('my_domain', sa.String(length=255), server_default='', nullable=False))

    with op.batch_alter_table('salesforce_connections', schema=None) as batch_op:
        batch_op.add_column(sa.Column('user_id', sa.String(length=18), server_default='', nullable=False))

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('profile', sa.String(length=120), server_default='', nullable=False))
        batch_op.add_column(sa.Column('permission_sets', sa.Text(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('learned_at', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('barred_at', sa.BigInteger(), nullable=True))
    for area in ('Uploads', 'Tracking', 'Messaging', 'Deletion', 'Settings'):  # as it was: nobody is locked out
        op.execute(
            "INSERT INTO right_defaults (org_id, holder, name, area, level) "
            f"SELECT id, 'everybody', '', '{area}', 'Full' FROM orgs"
        )


def downgrade() -> None:
    # what was at work before knows no looks, and would stumble over one that is unfinished
    op.execute("UPDATE runs SET kind = 'activity', state = 'Cancelled' WHERE kind = 'look'")
    # the tables are not made again around their rows, as others point to them: SQLite drops a column since 3.35
    with op.batch_alter_table('users', recreate='never') as batch_op:
        batch_op.drop_column('barred_at')
        batch_op.drop_column('learned_at')
        batch_op.drop_column('permission_sets')
        batch_op.drop_column('profile')

    with op.batch_alter_table('salesforce_connections', recreate='never') as batch_op:
        batch_op.drop_column('user_id')

    with op.batch_alter_table('orgs', recreate='never') as batch_op:
        batch_op.drop_column('my_domain')
        batch_op.drop_column('consumer_key')

    op.drop_table('user_rights')
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.drop_index('uq_handovers_ticket_hash')
        batch_op.drop_index('ix_handovers_state_hash')
        batch_op.drop_index('ix_handovers_expires_at')

    op.drop_table('handovers')
    with op.batch_alter_table('deployments', schema=None) as batch_op:
        batch_op.drop_index('uq_deployments_unfinished')
        batch_op.drop_index('ix_deployments_org_id')

    op.drop_table('deployments')
    op.drop_table('examinations')
    with op.batch_alter_table('setups', schema=None) as batch_op:
        batch_op.drop_index('uq_setups_code_hash')
        batch_op.drop_index('ix_setups_session_hash')

    op.drop_table('setups')
    op.drop_table('right_defaults')
