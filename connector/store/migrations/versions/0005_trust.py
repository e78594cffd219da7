"""Make room for notices, budgets, ignored rows and the history of settings"""

import sqlalchemy as sa
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('heartbeats',
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeats'))
    )
    op.create_table('allowances',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('hour', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('calls_used', sa.BigInteger(), nullable=False),
    sa.Column('calls_allowed', sa.BigInteger(), nullable=False),
    sa.Column('storage_used_mb', sa.BigInteger(), nullable=True),
    sa.Column('storage_allowed_mb', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_allowances_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'hour', name=op.f('pk_allowances'))
    )
    op.create_table('budgets',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('calls_percent', sa.Integer(), server_default='80', nullable=False),
    sa.Column('calls_most', sa.BigInteger(), nullable=True),
    sa.Column('consent_calls', sa.Integer(), server_default='200', nullable=False),
    sa.Column('storage_percent', sa.Integer(), server_default='95', nullable=False),
    sa.Column('storage_most_mb', sa.BigInteger(), nullable=True),
    sa.Column('tidied_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_budgets_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', name=op.f('pk_budgets'))
    )
    op.create_table('call_counts',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('hour', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('purpose', sa.String(length=20), nullable=False),
    sa.Column('calls', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_call_counts_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'hour', 'purpose', name=op.f('pk_call_counts'))
    )
    op.create_table('ignored_rows',
    sa.Column('placement_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('ignored_at', sa.BigInteger(), nullable=False),
    sa.Column('ignored_by', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_ignored_rows_org_id_orgs')),
    sa.PrimaryKeyConstraint('placement_id', name=op.f('pk_ignored_rows'))
    )
    op.create_table('notice_addresses',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('road', sa.String(length=10), nullable=False),
    sa.Column('address', sa.String(length=500), nullable=False),
    sa.Column('wants', sa.String(length=10), nullable=False),
    sa.Column('secret', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('tried_at', sa.BigInteger(), nullable=True),
    sa.Column('answer', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_notice_addresses_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_addresses'))
    )
    with op.batch_alter_table('notice_addresses', schema=None) as batch_op:
        batch_op.create_index('uq_notice_addresses', ['org_id', 'road', 'address'], unique=True)

    op.create_table('notice_deliveries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=True),
    sa.Column('address_id', sa.Integer(), nullable=False),
    sa.Column('event', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('retry_at', sa.BigInteger(), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('answer', sa.Text(), server_default='', nullable=False),
    sa.Column('body', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_notice_deliveries_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_deliveries'))
    )
    with op.batch_alter_table('notice_deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_notice_deliveries_waiting', ['state', 'retry_at'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.create_index('uq_notice_deliveries', ['notice_id', 'address_id', 'event'], unique=True)

    op.create_table('notice_settings',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('report', sa.Boolean(), server_default='0', nullable=False),
    sa.Column('report_time', sa.String(length=5), server_default='08:00', nullable=False),
    sa.Column('next_report_at', sa.BigInteger(), nullable=True),
    sa.Column('fresh_hours', sa.Integer(), server_default='26', nullable=False),
    sa.Column('canary_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_notice_settings_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', name=op.f('pk_notice_settings'))
    )
    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('about', sa.String(length=80), server_default='', nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=True),
    sa.Column('opened_at', sa.BigInteger(), nullable=False),
    sa.Column('recovered_at', sa.BigInteger(), nullable=True),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.Column('headline', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.Column('advice', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_notices_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index('ix_notices_org_id_opened_at', ['org_id', 'opened_at'], unique=False)
        batch_op.create_index('uq_notices_open', ['org_id', 'kind', 'about'], unique=True, sqlite_where=sa.text('recovered_at IS NULL'), postgresql_where=sa.text('recovered_at IS NULL'))

    op.create_table('settings_history',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('org_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('why', sa.String(length=80), nullable=False),
    sa.Column('document', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_settings_history_org_id_orgs')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_settings_history'))
    )
    with op.batch_alter_table('settings_history', schema=None) as batch_op:
        batch_op.create_index('ix_settings_history_org_id', ['org_id', 'id'], unique=False)

    op.add_column('kind_choices', sa.Column('keep_days', sa.Integer(), nullable=True))

    op.create_index('ix_runs_ended_at', 'runs', ['ended_at'], unique=False)

    op.add_column('runs', sa.Column('paused_for', sa.String(length=20), server_default='', nullable=False))



def downgrade() -> None:
    op.drop_column('runs', 'paused_for')

    op.drop_index('ix_runs_ended_at', table_name='runs')

    op.drop_column('kind_choices', 'keep_days')

    with op.batch_alter_table('settings_history', schema=None) as batch_op:
        batch_op.drop_index('ix_settings_history_org_id')

    op.drop_table('settings_history')
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index('uq_notices_open', sqlite_where=sa.text('recovered_at IS NULL'), postgresql_where=sa.text('recovered_at IS NULL'))
        batch_op.drop_index('ix_notices_org_id_opened_at')

    op.drop_table('notices')
    op.drop_table('notice_settings')
    with op.batch_alter_table('notice_deliveries', schema=None) as batch_op:
        batch_op.drop_index('uq_notice_deliveries')
        batch_op.drop_index('ix_notice_deliveries_waiting', sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.drop_table('notice_deliveries')
    with op.batch_alter_table('notice_addresses', schema=None) as batch_op:
        batch_op.drop_index('uq_notice_addresses')

    op.drop_table('notice_addresses')
    op.drop_table('ignored_rows')
    op.drop_table('call_counts')
    op.drop_table('budgets')
    op.drop_table('allowances')
    op.drop_table('heartbeats')
